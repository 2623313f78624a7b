import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { deadlineForServer, defaultLimit } from "../../../eventlog/eventstoredb/eventStoreAppend.ts"
import type { EventStoreSettings, Host } from "../../../eventlog/eventstoredb/eventStoreSettings.ts"
import { type Check, ok, problem, unknown, warning } from "../Check.ts"
import { askNode, type NodeAnswer } from "./askNode.ts"

// What nodes answer, as far as it is looked at.
const Info = Schema.Struct({
  esVersion: Schema.String,
  state: Schema.String,
  features: Schema.Struct({ projections: Schema.optionalKey(Schema.Boolean) }),
})
const Options = Schema.Array(Schema.Struct({ name: Schema.String, value: Schema.String }))
const Projections = Schema.Struct({
  projections: Schema.Array(Schema.Struct({ name: Schema.String, status: Schema.String })),
})

/** What one node says of itself: its version, its clock, its limits, its projections. */
export const nodeChecks = Effect.fnUntraced(function* (
  settings: EventStoreSettings,
  host: Host,
): Effect.fn.Return<ReadonlyArray<Check>> {
  const answer = yield* askNode(settings, host, "/info")
  const info = decoded(Info, answer)
  if (info === undefined) {
    return [
      unknown(
        "version",
        `${host.address}:${host.port} does not say what it is: /info is not answered, so its clock, limits and projections are not known either`,
      ),
    ]
  }
  return [
    versionCheck(info.esVersion),
    clockCheck(answer?.ahead),
    limitCheck(decoded(Options, yield* askNode(settings, host, "/info/options"))),
    info.features.projections === true
      ? runningCheck(
          decoded(Projections, yield* askNode(settings, host, "/projections/continuous")),
        )
      : ok("projections", "the server runs none, and credtrail needs none"),
  ]
})

const decoded = <A>(
  schema: Schema.Codec<A, unknown>,
  answer: NodeAnswer | undefined,
): A | undefined =>
  answer?.status === 200
    ? Option.getOrUndefined(Schema.decodeUnknownOption(schema)(answer.body))
    : undefined

/** Of the versions from the first to the last it is known how they behave. */
const known = { first: "22.10", last: "26.1" }

const versionCheck = (text: string): Check => {
  const version = ordinalOf(text)
  const said = `the server has version ${text}`
  if (Number.isNaN(version)) return unknown("version", `the server calls itself ${text}`)
  if (version < ordinalOf(known.first)) {
    return problem(
      "version",
      `${said}, which is older than ${known.first}`,
      "upgrade it: repeats of an append are not known to be recognised there",
    )
  }
  return version > ordinalOf(known.last)
    ? unknown("version", `${said}, which is newer than what is known, ${known.last}`)
    : ok("version", said)
}

/** A number by which versions are older and newer; not a number where it is no version. */
const ordinalOf = (version: string): number => {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version) ?? []
  return Number(major) * 100 + Number(minor)
}

/** Milliseconds: what clocks may differ by before times that are shown look wrong. */
const tolerable = 2000

const clockCheck = (ahead: number | undefined): Check => {
  if (ahead === undefined) return unknown("clock", "the server says no time")
  const seconds = Math.round(Math.abs(ahead) / 1000)
  const said = `the clock of the server is ${seconds} s ${ahead > 0 ? "ahead of" : "behind"} the one here`
  if (Math.abs(ahead) <= tolerable) return ok("clock", "the clocks here and on the server agree")
  return ahead >= deadlineForServer
    ? problem(
        "clock",
        `${said}: it drops every append as too late`,
        "set both clocks by NTP, the one here first",
      )
    : warning(
        "clock",
        `${said}: recorded times and lag are wrong by that`,
        "set both clocks by NTP",
      )
}

/** Bytes: an event of ours with every field as long as it may be has less. */
const leastLimit = 256 * 1024

const limitCheck = (options: typeof Options.Type | undefined): Check => {
  const check = "append limit"
  const value = options?.find(({ name }) => name === "MaxAppendSize")?.value
  const limit = Number(value)
  if (value === undefined || !Number.isInteger(limit)) {
    return unknown(
      check,
      "only members of $admins and $ops may ask for it; appends stay below 1 MiB, and below what the server says when it refuses one",
    )
  }
  const said = `one append may hold ${limit.toLocaleString("en")} bytes`
  if (limit >= defaultLimit) return ok(check, said)
  return limit < leastLimit
    ? problem(check, said, "set MaxAppendSize to the default of the server: events may not fit")
    : ok(check, `${said}, less than by default; credtrail makes its appends smaller`)
}

const runningCheck = (answer: typeof Projections.Type | undefined): Check => {
  if (answer === undefined) {
    return unknown("projections", "the server has projections, but does not say to this user which")
  }
  const running = answer.projections.filter(
    ({ name, status }) => name.startsWith("$") && /^running/i.test(status),
  )
  if (running.length === 0) {
    return ok("projections", "no system projection runs, and credtrail needs none")
  }
  return ok(
    "projections",
    `${running.map(({ name }) => name).join(", ")} run: credtrail does not need them, and does not mind the links that they write, for each event of its own too`,
  )
}
