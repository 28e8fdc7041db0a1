import { present } from "../../domain/present.ts";
import type { SeriesStyle } from "./palette.ts";

/** What stands around the plot in the picture. */
export interface PngOptions {
  title: string;
  summary: string;
  legend: readonly { label: string; style: SeriesStyle }[];
  background: string;
  ink: string;
}

const PAD = 24;
const LINE = 20;
const FONT = "system-ui, sans-serif";

/**
 * The chart as a PNG at twice its size on screen, with title, legend and its one-sentence summary, so that the picture
 * can stand alone. Rejects when the browser cannot draw the SVG.
 */
export const chartToPng = async (svg: SVGSVGElement, options: PngOptions): Promise<Blob> => {
  const { width, height } = svg.getBoundingClientRect();
  const copy = svg.cloneNode(true) as SVGSVGElement;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  copy.style.fontFamily = FONT;
  copy.style.fontSize = "12px";
  const url = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const measure = present(document.createElement("canvas").getContext("2d"), "2D canvas");
    measure.font = `13px ${FONT}`;
    const sentence = wrap(measure, options.summary, width);
    const canvas = document.createElement("canvas");
    const top = PAD + 2 * LINE + (options.legend.length ? LINE : 0);
    canvas.width = 2 * (width + 2 * PAD);
    canvas.height = 2 * (top + height + sentence.length * LINE + 2 * PAD);
    const draw = present(canvas.getContext("2d"), "2D canvas");
    draw.scale(2, 2);
    draw.fillStyle = options.background;
    draw.fillRect(0, 0, canvas.width, canvas.height);
    draw.fillStyle = options.ink;
    draw.font = `600 16px ${FONT}`;
    draw.fillText(options.title, PAD, PAD + 14);
    draw.font = `13px ${FONT}`;
    drawLegend(draw, options, PAD + LINE + 16);
    draw.drawImage(image, PAD, top, width, height);
    draw.fillStyle = options.ink;
    sentence.forEach((line, index) => draw.fillText(line, PAD, top + height + PAD + index * LINE));
    return await new Promise((resolve, reject) =>
      canvas.toBlob(
        (blob) => (blob ? resolve(blob) : reject(new Error("The picture could not be encoded."))),
        "image/png",
      ),
    );
  } finally {
    URL.revokeObjectURL(url);
  }
};

const drawLegend = (draw: CanvasRenderingContext2D, { legend, ink }: PngOptions, y: number) => {
  let x = PAD;
  for (const { label, style } of legend) {
    draw.strokeStyle = style.color;
    draw.lineWidth = 2;
    draw.setLineDash(style.dash ? style.dash.split(" ").map(Number) : []);
    draw.beginPath();
    draw.moveTo(x, y - 4);
    draw.lineTo(x + 24, y - 4);
    draw.stroke();
    draw.fillStyle = ink;
    draw.fillText(label, x + 30, y);
    x += 30 + draw.measureText(label).width + 20;
  }
  draw.setLineDash([]);
};

const wrap = (measure: CanvasRenderingContext2D, text: string, width: number): string[] => {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line ? `${line} ${word}` : word;
    if (line && measure.measureText(longer).width > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
};
