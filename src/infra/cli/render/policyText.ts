import type { ReusePolicy } from "../../../domain/finding/policy.ts"
import type { PolicyOutcome } from "../../app/changePolicy.ts"
import { visible } from "./visible.ts"
import { countText } from "./wording.ts"

/** The policy for people: a line per rule, in the words of its options. */
export const policyText = (policy: ReusePolicy): string =>
  rows(
    settings.map(([name, valuesOf]) => {
      const values = valuesOf(policy)
      return [name, values.length === 0 ? ["none"] : values]
    }),
  )

/** The result of a change: the settings that changed, and how many findings were opened and closed. */
export const policyChangeText = ({
  changed,
  before,
  policy,
  findingsOpened,
  findingsClosed,
}: PolicyOutcome): string => {
  if (!changed) return `${policyText(policy)}\n\nnothing to change: this policy is in force already`
  const others = settings.flatMap(([name, valuesOf]): ReadonlyArray<Row> => {
    const [was, is] = [valuesOf(before), valuesOf(policy)]
    if (!name.startsWith("exclude-") || name === "exclude-empty") {
      return was[0] === is[0] ? [] : [[name, [`${was[0]} -> ${is[0]}`]]]
    }
    const differences = [
      ...is.filter((one) => !was.includes(one)).map((one) => `+ ${one}`),
      ...was.filter((one) => !is.includes(one)).map((one) => `- ${one}`),
    ]
    return differences.length === 0 ? [] : [[name, differences]]
  })
  return `${rows(others)}\n\nin force from here on; ${countText(findingsOpened, "finding")} opened, ${findingsClosed} closed`
}

type Setting = readonly [name: string, valuesOf: (policy: ReusePolicy) => ReadonlyArray<string>]

const settings: ReadonlyArray<Setting> = [
  ["min-targets", ({ minTargets }) => [String(minTargets)]],
  ["exclude-empty", ({ excludeEmpty }) => [String(excludeEmpty)]],
  ["attackers-announced", ({ attackersAnnounced }) => [String(attackersAnnounced)]],
  ["followed-from", ({ followedFromBits }) => [`${followedFromBits} bits`]],
  ["exclude-kind", ({ excludedKinds }) => excludedKinds],
  ["exclude-secret", ({ excludedSecrets }) => excludedSecrets],
]

type Row = readonly [name: string, values: ReadonlyArray<string>]

const rows = (all: ReadonlyArray<Row>): string =>
  all
    .map(([name, values]) => `${name.padEnd(21)}${values.map(visible).join(`\n${" ".repeat(21)}`)}`)
    .join("\n")
