import js from "@eslint/js";
import boundaries from "eslint-plugin-boundaries";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** The rooms of the house, most specific first; docs/architecture.md tells why they are cut this way. */
const rooms = [
  { type: "testing", pattern: "src/testing/**" },
  { type: "bench-cli", pattern: "src/bench/cli/**" },
  { type: "bench", pattern: "src/bench/**" },
  { type: "screens", pattern: "src/ui/screens/**" },
  { type: "charts", pattern: "src/ui/charts/**" },
  { type: "ui", pattern: "src/ui/**" },
  { type: "app-testing", pattern: "src/app/testing/**" },
  { type: "app", pattern: "src/app/**" },
  { type: "platform", pattern: "src/platform/**" },
  // A worker's protocol and client are its door: what the page may know. `host` is what runs inside it.
  { type: "worker-host", pattern: "src/worker/*/host/**" },
  { type: "worker", pattern: "src/worker/**" },
  { type: "engine", pattern: "src/engine/**" },
  { type: "kernel-runtime", pattern: "src/kernels/runtime/**" },
  { type: "kernels", pattern: "src/kernels/**" },
  { type: "domain", pattern: "src/domain/**" },
  ...[
    "lib",
    "config",
    "vectors",
    "registry",
    "telemetry",
    "langfuse",
    "feedback",
    "serving",
    "reranking",
    "exports",
    "publish",
    "hub",
    "retrieval",
    "ingest",
    "http",
    "routes",
  ].map((room) => ({ type: `server-${room}`, pattern: `server/${room}/**` })),
  { type: "server-testing", pattern: "server/testing/**" },
  { type: "server-cli", pattern: "server/cli/**" },
  { type: "server-setup", pattern: "server/setup/**" },
  { type: "server", pattern: "server" },
  { type: "e2e", pattern: "e2e/**" },
  { type: "main", pattern: "src" },
];

const BELOW_ROUTES = rooms
  .map(({ type }) => type)
  .filter((type) => type.startsWith("server-") && !/-(routes|testing|cli|setup)$/.test(type));
const SERVER = ["server", "server-routes", ...BELOW_ROUTES];

/** Who may import whom. A room may always import itself and `domain`. */
const mayImport = {
  testing: ["engine", "kernels", "kernel-runtime"],
  bench: ["testing", "worker", "engine", "kernels", "kernel-runtime"],
  main: ["ui", "screens", "app", "platform", "worker"],
  screens: ["ui", "charts", "app"],
  ui: ["app", "charts", "screens"],
  charts: ["ui"],
  app: ["worker"],
  "app-testing": ["testing", "app", "worker", "worker-host"],
  platform: ["app", "worker"],
  "worker-host": ["worker", "engine", "platform"],
  worker: [],
  engine: ["kernels", "kernel-runtime"],
  kernels: ["kernel-runtime"],
  "kernel-runtime": [],
  domain: [],
  // The server, from below: small parts, what is stored, what embeds, what finds and takes in, and on top its HTTP. A room
  // imports only rooms above it in this list; what `main`, `app` and `studio` put together, `routes/container.ts` names.
  "server-lib": [],
  "server-config": ["server-lib"],
  "server-vectors": ["server-lib"],
  "server-registry": ["server-lib"],
  "server-telemetry": ["server-lib", "server-config", "server-registry"],
  "server-langfuse": ["server-lib", "server-config"],
  "server-feedback": ["server-lib", "server-config", "server-vectors"],
  "server-serving": ["server-lib", "server-config", "server-registry", "server-telemetry"],
  "server-reranking": ["server-lib", "server-config", "server-telemetry"],
  "server-exports": ["server-lib", "server-registry", "server-serving"],
  "server-publish": ["server-lib"],
  "server-hub": ["server-lib", "server-registry", "server-serving", "server-exports"],
  "server-retrieval": [
    "server-lib",
    "server-vectors",
    "server-telemetry",
    "server-serving",
    "server-reranking",
    "server-hub",
  ],
  "server-ingest": ["server-lib", "server-vectors", "server-telemetry", "server-serving", "server-retrieval"],
  "server-http": ["server-lib", "server-config", "server-registry", "server-telemetry", "server-serving"],
  "server-routes": BELOW_ROUTES,
  server: ["server-routes", ...BELOW_ROUTES],
  "server-cli": [
    "engine",
    "kernel-runtime",
    "server-lib",
    "server-config",
    "server-vectors",
    "server-langfuse",
    "server-exports",
    "server-publish",
    "server-setup",
  ],
  "server-setup": [],
  "server-testing": ["testing", "server-cli", ...SERVER],
  "bench-cli": ["bench", "testing", "server-cli", "server-setup", ...SERVER],
  e2e: ["testing", "server-testing", "server-setup"],
};

/** What files of a room may import, test support included where it is named. A rule holds one room's policy: all in one are slow. */
const dependencies = (room, ...testSupport) => ({
  "boundaries/dependencies": [
    "error",
    {
      default: "disallow",
      policies: [
        {
          from: { element: { type: room } },
          allow: [{ to: { element: { type: [room, "domain", ...mayImport[room], ...testSupport] } } }],
        },
      ],
    },
  ],
});

/** The least specific first: of several that match a file, the last one holds. A test may use test support, and one of the server what stands above its room, to look at it from outside. */
const importRules = [...rooms].reverse().flatMap(({ type, pattern }) => {
  const folder = pattern.replace(/\/\*\*$/, "");
  const support = folder.startsWith("server") ? ["testing", "server-testing", ...SERVER] : ["testing", "app-testing"];
  return [
    { files: [`${folder}/**`], rules: dependencies(type) },
    { files: [`${folder}/**/*.test.{ts,tsx}`], rules: dependencies(type, ...support) },
  ];
});

export default tseslint.config(
  { ignores: ["dist", "node_modules", "models", "src/testing/fixtures/**", "public"] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    plugins: { boundaries, "react-hooks": hooks },
    settings: {
      "boundaries/elements": rooms.map((room) => ({ partialMatch: false, ...room })),
      "boundaries/include": ["src/**/*", "server/**/*", "e2e/**/*"],
      "import/resolver": { node: { extensions: [".ts", ".tsx", ".mjs"] } },
    },
    rules: {
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "no-console": "error",
      // A form kept by hand hides how long a file is.
      "no-warning-comments": ["error", { terms: ["prettier-ignore", "oxfmt-ignore"] }],
    },
  },
  ...importRules,
  // React is nowhere else, and its rules compile what they read.
  { files: ["src/{app,ui}/**", "src/*.tsx"], rules: hooks.configs.recommended.rules },
  // Playwright reads a fixture's needs from its first parameter, which must be a pattern even where it is empty.
  { files: ["e2e/**"], rules: { "no-empty-pattern": ["error", { allowObjectPatternsAsParameters: true }] } },
  // pdf.js speaks on the console only; its reader listens there.
  { files: ["src/domain/documents/pdf.ts"], rules: { "no-console": "off" } },
  { files: ["server/cli/**", "server/setup/**", "e2e/**", "src/bench/**"], rules: { "no-console": "off" } },
  {
    files: ["**/*.mjs", "*.js"],
    languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly", setTimeout: "readonly" } },
  },
);
