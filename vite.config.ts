import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where `npm run dev` finds the API; the built page is served by the API itself. */
const api = process.env.STUDIO_API ?? "http://127.0.0.1:4680";

export default defineConfig({
  plugins: [react()],
  worker: { format: "es" },
  build: { target: "es2023", outDir: "dist", chunkSizeWarningLimit: 2500 },
  server: {
    host: "127.0.0.1",
    proxy: Object.fromEntries(
      ["/api", "/v1", "/health", "/ready", "/metrics", "/base", "/docs", "/mcp", "/recall-studio"].map((path) => [
        path,
        api,
      ]),
    ),
  },
});
