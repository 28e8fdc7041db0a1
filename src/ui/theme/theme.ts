import {
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
  type VariantColorsResolverInput,
} from "@mantine/core";

/** Spruce: the one accent. Everything that asks for attention without alarm wears it. */
const spruce: MantineColorsTuple = [
  "#ebf5f2",
  "#d5e9e3",
  "#a9d3c8",
  "#7cbcad",
  "#4f9f8e",
  "#2f8474",
  "#1b6b5d",
  "#12564a",
  "#0b423a",
  "#062d27",
];

/** Ochre: lexical search and warnings. */
const ochre: MantineColorsTuple = [
  "#fbf4e6",
  "#f4e6c6",
  "#e8cd92",
  "#dcb35d",
  "#cf9c36",
  "#b98520",
  "#946711",
  "#7b550d",
  "#5d400a",
  "#402b06",
];

/** Brick: what is broken or got worse. */
const brick: MantineColorsTuple = [
  "#fcefec",
  "#f7dbd5",
  "#ecb4a8",
  "#e08c7b",
  "#d26954",
  "#bf4e38",
  "#a63d29",
  "#8a3121",
  "#692418",
  "#47170f",
];

/** Neutrals with a trace of green, so that paper and accent belong together. */
const gray: MantineColorsTuple = [
  "#f7f8f6",
  "#eff1ee",
  "#e3e7e3",
  "#d2d8d4",
  "#b3bcb7",
  "#828d88",
  "#5a6661",
  "#434e4a",
  "#2b3431",
  "#18201e",
];

const dark: MantineColorsTuple = [
  "#dbe3df",
  "#bcc7c2",
  "#98a6a0",
  "#66746e",
  "#36423e",
  "#26302d",
  "#1a2321",
  "#121a18",
  "#0d1312",
  "#080c0b",
];

/**
 * What Mantine derives for the light scheme only. Filled surfaces are light in the dark scheme and want dark text, and
 * tinted ones would be darker than the panel they lie on.
 */
const onDark = ({ variant, color }: VariantColorsResolverInput) => {
  if (variant === "filled") return { color: "light-dark(var(--mantine-color-white), var(--mantine-color-black))" };
  const name = color ?? "spruce";
  if (variant !== "light" || !/^[a-z]+$/.test(name)) return {};
  const tint = (share: number) => `color-mix(in srgb, var(--mantine-color-${name}-4) ${share}%, transparent)`;
  return {
    background: `light-dark(var(--mantine-color-${name}-light), ${tint(18)})`,
    hover: `light-dark(var(--mantine-color-${name}-light-hover), ${tint(28)})`,
    color: `light-dark(var(--mantine-color-${name}-light-color), var(--mantine-color-${name}-1))`,
  };
};

export const theme = createTheme({
  primaryColor: "spruce",
  primaryShade: { light: 6, dark: 3 },
  autoContrast: true,
  variantColorResolver: (input) => ({ ...defaultVariantColorsResolver(input), ...onDark(input) }),
  luminanceThreshold: 0.32,
  colors: { spruce, ochre, brick, gray, dark, red: brick, teal: spruce, yellow: ochre },
  black: gray[9],
  fontFamily: "'IBM Plex Sans Variable', system-ui, sans-serif",
  fontFamilyMonospace: "'IBM Plex Mono', ui-monospace, monospace",
  headings: {
    fontFamily: "'IBM Plex Sans Variable', system-ui, sans-serif",
    fontWeight: "600",
    textWrap: "balance",
    sizes: {
      h1: { fontSize: "1.625rem", lineHeight: "1.25" },
      h2: { fontSize: "1.125rem", lineHeight: "1.35" },
      h3: { fontSize: "1rem", lineHeight: "1.4" },
    },
  },
  fontSizes: { xs: "0.78rem", sm: "0.875rem", md: "0.9375rem", lg: "1.0625rem", xl: "1.25rem" },
  defaultRadius: "md",
  radius: { xs: "3px", sm: "5px", md: "8px", lg: "12px", xl: "20px" },
  respectReducedMotion: true,
  cursorType: "pointer",
  components: {
    Paper: { defaultProps: { withBorder: true } },
    Tooltip: { defaultProps: { openDelay: 250, withArrow: true, multiline: true, maw: 320 } },
    Anchor: { defaultProps: { underline: "always" } },
    Button: { styles: { label: { fontWeight: 550 } } },
    Modal: { styles: { title: { fontSize: "1.125rem", fontWeight: 600 } } },
    Table: { defaultProps: { verticalSpacing: "xs" } },
  },
});
