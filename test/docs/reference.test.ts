import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import manifest from "../../package.json" with { type: "json" }
import { eventSchemas } from "../../src/domain/event/events.ts"
import { defaultPolicy } from "../../src/domain/finding/policy.ts"
import { adapters } from "../../src/infra/sources/adapters.ts"
import { formatNotes } from "../../src/infra/sources/formatNotes.ts"
import { readPage, root, section } from "./pages.ts"

/** What stands in the first column of the tables of a text, without the quotes. */
const firstColumn = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/^\| \[?`([^`]+)`/gm)].map(([, cell = ""]) => cell)

const sorted = (texts: Iterable<string>): ReadonlyArray<string> => [...texts].sort()

describe("the reference", () => {
  it("of events has every type, with an example that decodes to its fields", () => {
    const page = readPage("docs/reference/events.md")
    const types = Object.keys(eventSchemas)
    expect(sorted(firstColumn(page.text).slice(0, types.length))).toEqual(sorted(types))
    for (const [type, schema] of Object.entries(eventSchemas)) {
      const [, json = ""] = /```json\n([\s\S]*?)```/.exec(section(page, `## ${type}`)) ?? []
      const optional = ["sequence", "reason"]
      const required = (fields: object) =>
        sorted(Object.keys(fields).filter((field) => !optional.includes(field)))
      expect(required(JSON.parse(json))).toEqual(required(schema.fields))
    }
  })

  it("of formats has every format, and every reason to reject a line", () => {
    const page = readPage("docs/reference/formats.md")
    const formats = adapters.map(({ format }) => format)
    expect(sorted(firstColumn(page.text).slice(0, formats.length))).toEqual(sorted(formats))
    expect(formatNotes.map(({ format }) => format).sort()).toEqual(sorted(formats))
    for (const note of formatNotes) {
      const { format, reads, leavesOut, recognisedBy, host, seen, example } = note
      const zone = note.timeZone === "none" ? "**none**" : note.timeZone
      const cells = [
        `[\`${format}\`](#${format})`,
        reads,
        leavesOut,
        recognisedBy,
        zone,
        host,
        seen,
      ]
      expect(page.text).toContain(`| ${cells.join(" | ")} |`)
      expect(section(page, `## ${format}`)).toContain(`\n${example}\n`)
    }

    const source = readFileSync(join(root, "src/infra/sources/SourceAdapter.ts"), "utf8")
    const [union = ""] = /type RejectReason =\n(?: {2}\| .+\n)+/.exec(source) ?? []
    const reasons = [...union.matchAll(/"([^"]+)"/g)].map(([, reason = ""]) => reason)
    expect(reasons).not.toEqual([])
    expect(sorted(firstColumn(section(page, "## Reject reasons")))).toEqual(sorted(reasons))
  })

  it("of dependencies has every package of package.json in its exact version, and no other", () => {
    const { text } = readPage("docs/reference/dependencies.md")
    const rows = [...text.matchAll(/^\| `(.+)` \| ([\d.]+) \| .+ \|$/gm)]
    const documented = Object.fromEntries(rows.map(([, name, version]) => [name, version]))
    expect(documented).toEqual({
      ...manifest.dependencies,
      ...manifest.optionalDependencies,
      ...manifest.devDependencies,
    })
  })

  it("of what is installed is whole: the lockfile has the digest of every package", () => {
    const lock: { readonly packages: Readonly<Record<string, { readonly integrity?: string }>> } =
      JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"))
    const installed = Object.entries(lock.packages).filter(([path]) => path !== "")
    expect(installed.length).toBeGreaterThan(100)
    for (const [path, { integrity }] of installed) {
      expect([path, integrity]).toEqual([path, expect.stringMatching(/^sha512-/)])
    }
    for (const node of Object.keys(manifest.optionalDependencies)) {
      expect(lock.packages).toHaveProperty([`node_modules/${node}`])
    }
  })

  it("of the policy has every setting, its default, and every kind that is excluded", () => {
    const { text } = readPage("docs/reference/policy.md")
    expect(sorted(firstColumn(text))).toEqual(sorted(Object.keys(defaultPolicy)))
    for (const kind of defaultPolicy.excludedKinds) expect(text).toContain(`\`${kind}\``)
    const { minTargets, excludeEmpty, attackersAnnounced } = defaultPolicy
    expect(text).toContain(`| \`--min-targets\` | ${minTargets} |`)
    expect(text).toContain(`| \`--exclude-empty\` | ${excludeEmpty} |`)
    expect(text).toContain(`| \`--attackers-announced\` | ${attackersAnnounced} |`)
  })
})
