import { spawn } from "node:child_process"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { root } from "./pages.ts"

/**
 * What a shell command prints on standard output and standard error, with `credtrail` on its path
 * and its data in the directory given. Paths are shown as on the machine of somebody who has cloned
 * the project at home and run the demo.
 */
export const printedBy = async (command: string, data: string): Promise<string> => {
  const child = spawn("/bin/sh", ["-c", `{ ${command}\n} 2>&1`], {
    cwd: root,
    env: {
      ...process.env,
      CREDTRAIL_DATA: data,
      LC_ALL: "C.UTF-8",
      PATH: `${join(root, "bin")}:${process.env.PATH}`,
    },
    stdio: ["ignore", "pipe", "inherit"],
  })
  const printed = await text(child.stdout)
  return printed.replaceAll(data, "credtrail-data/demo").replaceAll(root, "/home/you/credtrail")
}
