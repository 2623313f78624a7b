import { spawnSync } from "node:child_process"
import { copyFileSync, existsSync, mkdirSync } from "node:fs"
import { join } from "node:path"

// The README's first command: the main job on the fleet that ships with the project. It is the
// command line that anybody would type, run in order, each line shown before what it prints.
const root = join(import.meta.dirname, "..")
const data = join(root, "credtrail-data", "demo")

const credtrail = (...args: ReadonlyArray<string>): void => {
  console.log(`\n$ credtrail ${args.join(" ")}`)
  const { status } = spawnSync(join(root, "bin", "credtrail"), args, {
    cwd: root,
    env: { ...process.env, CREDTRAIL_DATA: data },
    stdio: "inherit",
  })
  if (status !== 0) process.exit(status ?? 1)
}

if (existsSync(data)) console.log(`${data} is there already: what is in it is not read again`)
// With the keys of the sample, the ids of the demo are those in the documentation.
mkdirSync(join(data, "keys"), { recursive: true, mode: 0o700 })
copyFileSync(join(root, "sample", "keys.json"), join(data, "keys", "keys.json"))
credtrail("ingest", "sample/fleet", "--decky", "{dir}")
credtrail("findings", "--limit", "15")
credtrail("status")
console.log(`
The data is in ${data}. Some things to try:
  export CREDTRAIL_DATA=${data}
  npx credtrail findings --sort attackers
  npx credtrail findings show FINDING
  npx credtrail credentials --password 123456
  npx credtrail tail 'credential.reuse.>' --from start --no-follow
  npx credtrail rejects --reveal
`)
