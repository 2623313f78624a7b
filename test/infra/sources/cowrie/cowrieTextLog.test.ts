import { describe, expect, it } from "vitest"
import { cowrieTextLog } from "../../../../src/infra/sources/cowrie/cowrieTextLog.ts"
import { capturesOf, outcomesOf, sessionsOf } from "../parsed.ts"

const ssh = "2026-03-01T10:00:01.200000Z [HoneyPotSSHTransport,12,198.51.100.7]"
const captures = (...lines: ReadonlyArray<string>) => capturesOf(cowrieTextLog, ...lines)

describe("Cowrie's text log", () => {
  it("makes a capture of every login attempt", () => {
    expect(captures(`${ssh} login attempt [b'root'/b'Plinth-7'] failed`)).toEqual([
      {
        observedAt: "2026-03-01T10:00:01.200000Z",
        sensor: null,
        service: "ssh",
        attackerIp: "198.51.100.7",
        sessionId: "HoneyPotSSHTransport,12,198.51.100.7",
        principal: "root",
        secret: ["plaintext", "Plinth-7"],
        outcome: "failure",
        fields: {},
      },
    ])
    expect(captures(`${ssh} login attempt [b'root'/b'x'] succeeded`)).toMatchObject([
      { outcome: "success" },
    ])
  })

  it.each([
    ["CowrieTelnetTransport,13,2001:db8::9", "telnet", "2001:db8::9"],
    ["SSHService b'ssh-userauth' on HoneyPotSSHTransport,2,192.0.2.7", "ssh", "192.0.2.7"],
    ["SSHService 'ssh-userauth' on HoneyPotSSHTransport,2,192.0.2.7", "ssh", "192.0.2.7"],
    ["SSHService ssh-userauth on HoneyPotTransport,2,192.0.2.7", "ssh", "192.0.2.7"],
    ["TelnetTransport,2,::ffff:192.0.2.7", "telnet", "192.0.2.7"],
  ])("knows the transport of %s", (name, service, attackerIp) => {
    const line = `2026-03-01T10:00:01.200000Z [${name}] login attempt [b'a'/b'b'] failed`
    expect(captures(line)).toMatchObject([{ service, attackerIp }])
  })

  it.each([
    [`b'root'/b"it's"`, "root", "it's"],
    [`b'ro/ot'/b'a/b'`, "ro/ot", "a/b"],
    [String.raw`b'caf\xc3\xa9'/b'\\d\'"'`, "café", `\\d'"`],
    [String.raw`b'a'/b'tab\tend\n'`, "a", "tab\tend"],
    ["root/123/456", "root", "123/456"],
    ["root/", "root", ""],
    ["root/b'", "root", "b'"],
    ["a/b] failed [c", "a", "b] failed [c"],
  ])("reads %s as it was typed", (pair, principal, password) => {
    expect(captures(`${ssh} login attempt [${pair}] failed`)).toMatchObject([
      { principal, secret: ["plaintext", password] },
    ])
  })

  it("keeps bytes that are no UTF-8", () => {
    const parser = cowrieTextLog.parser({ zone: () => 0 })
    const [capture] = captures(String.raw`${ssh} login attempt [b'a'/b'\xff\x00'] failed`)
    expect(capture?.secret?.[1]).toContain("\ufffd")
    expect(parser.endFile()).toBeUndefined()
  })

  it("reads Kippo's times, and tells equal attempts of one second apart", () => {
    const line =
      "2014-07-08 09:10:11+0000 [SSHService ssh-userauth on HoneyPotTransport,1,192.0.2.7] login attempt [root/1] failed"
    const read = captures(line, line, line.replace(":11+", ":12+"))
    expect(read.map(({ observedAt, sequence }) => [observedAt, sequence ?? 0])).toEqual([
      ["2014-07-08T09:10:11.000000Z", 0],
      ["2014-07-08T09:10:11.000000Z", 1],
      ["2014-07-08T09:10:12.000000Z", 0],
    ])
  })

  it("tells of sessions: the client, what was typed, and the end", () => {
    const said = sessionsOf(
      cowrieTextLog,
      `${ssh} Remote SSH version: b'SSH-2.0-Go'`,
      "2026-03-01T10:00:02Z [SSHChannel session (0) on SSHService b'ssh-connection' on HoneyPotSSHTransport,12,198.51.100.7] CMD: uname -a",
      `${ssh} Connection lost after 3 seconds`,
    )
    expect(said).toMatchObject([
      { clientVersion: "SSH-2.0-Go", service: "ssh" },
      { command: "uname -a" },
      { ended: true },
    ])
    expect(new Set(said.map(({ sessionId }) => sessionId)).size).toBe(1)
  })

  it("passes over the rest of Cowrie's log, and rejects what is none", () => {
    expect(
      outcomesOf(
        cowrieTextLog,
        "2026-03-01T10:00:01Z [-] Cowrie Version 2.5.0",
        "2026-03-01T10:00:01Z [cowrie.ssh.factory.CowrieSSHFactory] New connection: 192.0.2.7:1 (10.0.0.1:2222) [session: a1]",
        "\tTraceback (most recent call last):",
        "",
        "some words",
        "2026-99-01T10:00:01Z [HoneyPotSSHTransport,1,192.0.2.7] login attempt [b'a'/b'b'] failed",
        `${ssh} login attempt [nothing] failed`,
      ),
    ).toEqual([0, 0, 0, 0, "not-a-record", "bad-timestamp", "wrong-type"])
  })
})
