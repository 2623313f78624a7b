import { describe, expect, it } from "vitest"
import {
  directoryName,
  givenName,
  nameOfPath,
  parseDeckyMap,
  ruleProblem,
  worthOfLoggedName,
} from "../../../src/infra/ingest/deckyNames.ts"
import { sourceName } from "../../../src/infra/ingest/source.ts"

describe("sourceName", () => {
  it("is the format and the host", () => {
    expect(sourceName("cowrie", "trap-01.example")).toBe("cowrie.trap-01.example")
  })

  it("has only characters that any stream name may hold, and keeps all hosts apart", () => {
    const hosts = [
      "a b",
      "a_b",
      "a  b",
      "a/b",
      "первый",
      "второй",
      "x".repeat(500),
      `${"x".repeat(499)}y`,
    ]
    const names = hosts.map((host) => sourceName("cowrie", host))
    expect(new Set(names).size).toBe(hosts.length)
    for (const name of names) expect(name).toMatch(/^cowrie\.[A-Za-z0-9._-]{1,160}$/)
  })
})

const named = (decky: string, path: string): string | undefined => nameOfPath({ decky }, path)?.name

describe("the rule of --decky", () => {
  it("knows the directory and the file up to its first dot", () => {
    expect(named("{dir}", "/logs/trap-01/cowrie.json.2.gz")).toBe("trap-01")
    expect(named("{file}", "/logs/trap-01/cowrie.json.2.gz")).toBe("cowrie")
    expect(named("{dir}-{file}-{dir}", "/logs/a/b.log")).toBe("a-b-a")
    expect(named("{file}", "/logs/.hidden.log")).toBe(".hidden")
  })

  it("knows every directory above, counted upwards from the file, with a minus or without", () => {
    const path = "/srv/trap-01/cowrie/log/cowrie.json"
    expect(
      ["{dir:1}", "{dir:2}", "{dir:3}", "{dir:-3}", "{dir:4}"].map((d) => named(d, path)),
    ).toEqual(["log", "cowrie", "trap-01", "trap-01", "srv"])
    expect(named("{dir:4}-{dir:3}", path)).toBe("srv-trap-01")
    expect(named("{dir:9}", path)).toBe("root")
  })

  it("tells which part of a path a name was made of", () => {
    const rule = { decky: "{dir:3}" }
    expect(nameOfPath(rule, "/srv/a/cowrie/log/x")?.place).toBe("/srv/a")
    expect(nameOfPath({ decky: "{file}" }, "/srv/a.json.1.gz")?.place).toBe("/srv/a")
    expect(nameOfPath({ decky: "re:srv/([^/]+)" }, "/srv/a/cowrie/log/x")?.place).toBe("/srv/a")
    expect(directoryName("/srv/a/x")).toEqual({ name: "a", place: "/srv/a" })
  })

  it("may be a regular expression, whose group is the name", () => {
    const path = "/backup/2026/trap-07.oslo/var/log/x.json"
    expect(named("re:/([^/.]+)\\.oslo/", path)).toBe("trap-07")
    expect(named("re:/(?<year>\\d+)/(?<decky>[^/.]+)", path)).toBe("trap-07")
    expect(named("re:trap-\\d+", path)).toBe("trap-07")
    expect(named("re:trap-(\\d+)x", path)).toBeUndefined()
  })

  it("is a name where there is nothing else in it", () => {
    expect(["edge", "{dir}", "a-{file}", "re:(.)"].map((decky) => givenName({ decky }))).toEqual([
      "edge",
      ...[undefined, undefined, undefined],
    ])
  })

  it("takes names as they are, whatever they hold", () => {
    expect(named("{dir}", "/logs/$&$$/b.log")).toBe("$&$$")
    expect(named("{dir}", "/logs/{file}/b.log")).toBe("{file}")
  })

  it("is never empty: neither at the root nor for standard input", () => {
    expect(named("{dir}", "/b.log")).toBe("root")
    expect(named("{dir}/{file}", "-")).toBe("stdin/stdin")
    expect(directoryName("-").name).toBe("stdin")
  })

  it("is refused with what is wrong", () => {
    expect(["{dir}-{file}", "re:a(b)", "plain", "{dir:-2}"].map(ruleProblem)).toEqual(
      Array(4).fill(undefined),
    )
    expect(ruleProblem(" ")).toContain("empty")
    expect(ruleProblem("{host}")).toContain("no {host}")
    expect(ruleProblem("{dir:0}")).toContain("no {dir:0}")
    expect(ruleProblem("re:(")).toContain("no regular expression")
  })
})

describe("a map of deckies", () => {
  const deckies = parseDeckyMap(
    JSON.stringify({
      paths: { "a/cowrie": "edge-01", "/logs/b": "edge-02", "/logs/b/old.json": "edge-03" },
      logged: { "srv-7": "edge-04" },
    }),
    "/logs",
  )

  it("names paths by the longest that is known, the rest by the rule", () => {
    const rules = { decky: "{dir}", deckies }
    expect(
      ["/logs/a/cowrie/log/x", "/logs/b/x", "/logs/b/old.json", "/logs/c/x", "/logs/a/x", "-"].map(
        (path) => nameOfPath(rules, path)?.name,
      ),
    ).toEqual(["edge-01", "edge-02", "edge-03", "c", "a", "stdin"])
    expect(nameOfPath({ ...rules, decky: undefined }, "/logs/c/x")).toBeUndefined()
  })

  it("is refused where it says something else", () => {
    for (const text of ["[]", "{", '{"path":{}}', '{"paths":{"a":""}}', '{"logged":{"a":1}}']) {
      expect(() => parseDeckyMap(text, "/")).toThrow()
    }
  })
})

describe("the name that a log has for its host", () => {
  it("is its own unless it is a container's or everybody's", () => {
    expect(["svr04", "deadbeef", "plant-turin-03", "canary-3"].map(worthOfLoggedName)).toEqual(
      Array(4).fill("own"),
    )
    expect(
      ["0123456789ab", "a".repeat(64), "cowrie-7d9f8b6c5d-x2x9z"].map(worthOfLoggedName),
    ).toEqual(Array(3).fill("container"))
    expect(
      ["ip-10-20-0-7", "ip-10-20-0-7.ec2.internal", "localhost", "opencanary-1"].map(
        worthOfLoggedName,
      ),
    ).toEqual(Array(4).fill("default"))
  })
})
