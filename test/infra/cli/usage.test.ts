import { describe, expect, it } from "vitest"
import { credtrail } from "./credtrail.ts"

const calls: ReadonlyArray<readonly [string, ReadonlyArray<string>, RegExp]> = [
  ["a command there is not", ["findngs"], /there is no command "findngs"; did you mean findings\?/],
  ["a subcommand there is not", ["findings", "shw"], /there is no command "shw"/],
  ["a flag there is not", ["findings", "--limt", "3"], /no flag --limt; did you mean --limit\?/],
  ["no rows on a page", ["findings", "--limit", "0"], /--limit: .*between 1 and 1000, not "0"/],
  ["too many rows on a page", ["credentials", "--limit", "1001"], /--limit: .*not "1001"/],
  ["less than no rows", ["attackers", "--limit", "-1"], /--limit: .*not "-1"/],
  ["rows that are no number", ["rejects", "--limit", "abc"], /--limit: expected a number/],
  ["rows that are no whole number", ["findings", "--limit", "2.5"], /--limit: expected an integer/],
  ["rows passed over backwards", ["dead-letters", "--offset", "-1"], /--offset: .*not "-1"/],
  ["less than no targets", ["findings", "--min-targets", "-5"], /--min-targets: .*not "-5"/],
  ["an order there is not", ["findings", "--sort", "x"], /"targets" or "attackers" or "last-seen"/],
  [
    "a time that is none",
    ["findings", "--since", "noon"],
    /--since "noon" is not a time: give 2026/,
  ],
  [
    "a day that is none",
    ["findings", "--until", "2026-02-30"],
    /--until "2026-02-30" is not a time/,
  ],
  [
    "an end before its beginning",
    ["credentials", "--since", "2026-03-02", "--until", "2026-03-01"],
    /--until 2026-03-01T23:59:59\.999999Z lies before --since 2026-03-02T00:00:00/,
  ],
  [
    "an attacker that is none",
    ["findings", "--attacker", "me"],
    /neither an IP address nor a UUID/,
  ],
  ["the same with attackers", ["attackers", "--attacker", "1.2.3"], /neither an IP address nor/],
  [
    "two secrets",
    ["findings", "--secret", "abcdef01", "--password", "x"],
    /one of --secret, --password and --sha256/,
  ],
  ["a digest that is too short", ["findings", "--secret", "abcdef0"], /8 to 64 hexadecimal digits/],
  ["a digest that is none", ["credentials", "--secret", "password"], /8 to 64 hexadecimal digits/],
  ["no finding", ["findings", "show"], /<id> is missing \(see credtrail findings show --help\)/],
  [
    "an id that is too short",
    ["findings", "show", "0c3f2a9"],
    /too short: .*at least 8 characters/,
  ],
  ["the same with credentials", ["credentials", "--finding", "0c3"], /"0c3" is too short/],
  ["one argument too many", ["status", "now"], /there is no use for "now"/],
  ["a topic with an empty token", ["tail", "credential..x"], /"credential\.\.x" is not a topic/],
  ["a topic that goes on after its end", ["tail", ">.x"], /'>' stands only at the end/],
  ["no topic", ["tail"], /<topic> is missing/],
  [
    "a flag that is missing",
    ["findings", "diff"],
    /--from is missing \(see credtrail findings diff/,
  ],
  [
    "kinds left out, and the only ones",
    ["policy", "set", "--exclude-kind", "plaintext", "--only-kinds", "ntlmssp_v2"],
    /give either the kinds to exclude or the only kinds to use, not both/,
  ],
  [
    "a data directory without a name",
    ["status", "--data", ""],
    /--data needs a value: a directory/,
  ],
  ["an address that is none", ["attackers", "identify", "x", "y"], /"x" is not an IP address/],
  ["a UUID that is none", ["attackers", "identify", "192.0.2.1", "y"], /"y" is not a UUID/],
  ["no change of the policy", ["policy", "set"], /nothing to change: give a setting/],
  [
    "half a digest to leave out",
    ["policy", "set", "--exclude-secret", "ab"],
    /is not a full digest/,
  ],
  [
    "an action on poison there is not",
    ["run", "--on-poison", "eat"],
    /--on-poison: expected "stop"/,
  ],
]

describe("a wrong call", () => {
  it.each(calls)("%s: is told in one line, with exit code 2", async (_, args, told) => {
    const { code, stdout, stderr } = await credtrail(...args)
    expect(stderr).toMatch(told)
    expect(stderr).toMatch(/^credtrail: [^\n]+\n$/)
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" })
  })

  it("is told without anything in it acting on the terminal", async () => {
    for (const args of [
      ["\u001b[2J"],
      ["--\u001b[2J"],
      ["findings", "--sort", "\u202e"],
      ["findings", "--since", "\u001b[2J"],
      ["findings", "--attacker", "\u009b2J"],
      ["findings", "show", "\u001b"],
      ["tail", "\u001b.."],
      ["status", "--data", "\u001b[2J"],
    ]) {
      const { stderr } = await credtrail(...args)
      expect(stderr).toMatch(/^[\x20-\x7e]+\n$/)
    }
  })
})

describe("help", () => {
  it("is shown where nothing was asked for", async () => {
    const { code, stdout, stderr } = await credtrail()
    expect(stdout).toMatch(/credtrail <subcommand>/)
    for (const command of ["ingest", "findings", "tail", "status", "policy", "dead-letters"]) {
      expect(stdout).toContain(`  ${command}`)
    }
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
  })

  it.each([
    ["findings"],
    ["findings", "show"],
    ["credentials"],
    ["attackers", "identify"],
    ["tail"],
    ["policy", "set"],
    ["dead-letters", "retry"],
    ["run"],
  ])("of %s %s says how it is called", async (...command) => {
    const named = command.filter((name) => typeof name === "string")
    const { code, stdout } = await credtrail(...named, "--help")
    expect(code).toBe(0)
    expect(stdout).toContain(`credtrail ${named.join(" ")}`)
    expect(stdout).toContain("--data DIR")
  })

  it.each(["bash", "zsh", "fish"])("completes commands in %s", async (shell) => {
    const { code, stdout } = await credtrail("--completions", shell)
    expect(code).toBe(0)
    expect(stdout).toContain("dead-letters")
    expect(stdout).toContain("min-targets")
  })

  it("has the version", async () => {
    const { code, stdout } = await credtrail("--version")
    expect(stdout).toMatch(/^credtrail v\d+\.\d+\.\d+\n$/)
    expect(code).toBe(0)
  })
})
