import { type Finding, ok, problem } from "./Finding.ts"

/** The Node.js that credtrail is tested on comes with it; an older one crashes in better-sqlite3. */
const oldest = 22

export const nodeFinding = (version: string): Finding => {
  const major = Number.parseInt(version.replace(/^v/, ""), 10)
  return major >= oldest
    ? ok("node", `Node.js ${version}`)
    : problem(
        "node",
        `Node.js ${version} is too old`,
        "start bin/credtrail, which runs on the Node.js that npm ci has installed",
      )
}
