import { defineConfig } from "rolldown"

// `npm ci` puts the program into a few files under `dist`, which start three times as fast as the
// several hundred modules they are made of. Without `dist`, or with a `dist` older than `src`,
// `bin/credtrail` runs the sources as they are.
export default defineConfig({
  input: "src/main.ts",
  platform: "node",
  external: ["better-sqlite3", "sqlite-vec", "@eventstore/db-client"],
  output: { dir: "dist", format: "esm", minify: true, sourcemap: true, cleanDir: true },
})
