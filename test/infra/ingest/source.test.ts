import { describe, expect, it } from "vitest"
import { directoryName, nameFromTemplate } from "../../../src/infra/ingest/nameFromTemplate.ts"
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

describe("nameFromTemplate", () => {
  it("knows the directory and the file up to its first dot", () => {
    expect(nameFromTemplate("{dir}", "/logs/trap-01/cowrie.json.2.gz")).toBe("trap-01")
    expect(nameFromTemplate("{file}", "/logs/trap-01/cowrie.json.2.gz")).toBe("cowrie")
    expect(nameFromTemplate("{dir}-{file}-{dir}", "/logs/a/b.log")).toBe("a-b-a")
    expect(nameFromTemplate("{file}", "/logs/.hidden.log")).toBe(".hidden")
    expect(nameFromTemplate("plain", "/logs/a/b.log")).toBe("plain")
  })

  it("takes names as they are, whatever they hold", () => {
    expect(nameFromTemplate("{dir}", "/logs/$&$$/b.log")).toBe("$&$$")
    expect(nameFromTemplate("{dir}", "/logs/{file}/b.log")).toBe("{file}")
  })

  it("is never empty: neither at the root nor for standard input", () => {
    expect(nameFromTemplate("{dir}", "/b.log")).toBe("root")
    expect(nameFromTemplate("{dir}/{file}", "-")).toBe("stdin/stdin")
    expect(directoryName("-")).toBe("stdin")
  })
})
