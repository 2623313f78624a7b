import { readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/** How to reach a server, once it is known to make sense. What is secret in it never prints. */
export interface EventStoreSettings {
  /** For people: the address without credentials and options, `esdb://one:2113,two:2113`. */
  readonly location: string
  readonly hosts: ReadonlyArray<Host>
  /** `node` is asked directly; `seeds` and `discover` say which node of a cluster leads. */
  readonly find: "node" | "seeds" | "discover"
  readonly tls: Tls | undefined
  readonly credentials: Credentials | undefined
  /** Milliseconds that one call may take. */
  readonly deadline: number
  readonly options: ClientOptions
}

export interface Host {
  readonly address: string
  readonly port: number
}

export interface Tls {
  readonly ca?: Buffer
  readonly userCertificate?: {
    readonly certificate: Buffer
    readonly key: Redacted.Redacted<Buffer>
  }
}

export interface Credentials {
  readonly username: string
  readonly password: Redacted.Redacted<string>
}

/** What the client is told besides; times in milliseconds, but `gossipTimeout` in seconds. */
export interface ClientOptions {
  readonly connectionName?: string
  readonly maxDiscoverAttempts: number
  readonly discoveryInterval?: number
  readonly gossipTimeout: number
  readonly keepAliveInterval: number
  readonly keepAliveTimeout: number
}

/** The address of a server does not make sense; `reason` says what to write instead, and no secret. */
export class EventStoreUrlInvalid extends Schema.TaggedError<EventStoreUrlInvalid>()(
  "EventStoreUrlInvalid",
  { reason: Schema.String },
) {
  override get message(): string {
    return `the address of the event store does not make sense: ${this.reason}`
  }
}

/** Credentials that are kept out of the address, where they would show in lists of processes. */
export interface GivenCredentials {
  readonly username?: string | undefined
  readonly password?: Redacted.Redacted<string> | undefined
}

/**
 * Reads `esdb://` and `esdb+discover://` addresses by the rules of the client, but strictly: what
 * the client would ignore, cut or drop without a word is refused here, before anything starts.
 * Files of certificates are read now. Nothing of the address is quoted that may be a secret.
 */
export const readEventStoreSettings = (
  url: string,
  given: GivenCredentials = {},
): Effect.Effect<EventStoreSettings, EventStoreUrlInvalid> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(settingsOf(url.trim(), given))
    } catch (thrown) {
      return thrown instanceof EventStoreUrlInvalid ? Effect.fail(thrown) : Effect.die(thrown)
    }
  })

const refuse = (reason: string): never => {
  throw new EventStoreUrlInvalid({ reason })
}

const settingsOf = (url: string, given: GivenCredentials): EventStoreSettings => {
  const [, scheme = "", rest = ""] = /^([a-z+]*):\/\/(.*)$/s.exec(url) ?? []
  if (/^(kurrentdb|kurrent|kdb)(\+discover)?$/.test(scheme)) {
    refuse("write esdb:// (or esdb+discover://) for KurrentDB too: this client knows no other name")
  }
  if (scheme !== "esdb" && scheme !== "esdb+discover") {
    refuse("it has to begin with esdb:// or esdb+discover://")
  }
  const question = rest.indexOf("?")
  const authority = (question < 0 ? rest : rest.slice(0, question)).replace(/\/+$/, "")
  const query = question < 0 ? "" : rest.slice(question + 1)
  if (query.includes("@")) {
    refuse(
      "there is an @ behind the ?: write %40 for an @ in an option or in the password, and %3F for a ? there",
    )
  }
  const at = authority.split("@")
  if (at.length > 2) refuse("there are several @: write %40 for an @ in the password")
  const hosts = hostsOf(at.at(-1) ?? "")
  if (scheme === "esdb+discover" && hosts.length > 1) {
    refuse(
      "esdb+discover:// takes one host, the client would ask the first alone: give one name, or esdb:// with all hosts as seeds",
    )
  }
  const options = optionsOf(query)
  const tls = options.get("tls") !== "false"
  const credentials = credentialsOf(at.length > 1 ? (at[0] ?? "") : undefined, given)
  if (!tls && credentials !== undefined) {
    refuse(
      "with tls=false the client sends no credentials, without saying so: leave the user and password out, or use TLS",
    )
  }
  const preference = options.get("nodePreference")
  if (preference !== undefined && preference.toLowerCase() !== "leader") {
    refuse(
      "nodePreference has to be leader: credtrail reads what it has just written, and only the leader promises that",
    )
  }
  const deadline = number(options, "defaultDeadline", 1) ?? 10_000
  return {
    location: `${scheme}://${hosts.map(({ address, port }) => `${address}:${port}`).join(",")}`,
    hosts,
    find: scheme === "esdb+discover" ? "discover" : hosts.length > 1 ? "seeds" : "node",
    tls: tls ? tlsOf(options) : withoutTls(options),
    credentials,
    deadline,
    options: {
      ...present("connectionName", options.get("connectionName")),
      // Between looks for a leader it is for us to wait, longer and longer: the client asks every
      // node ten times a second, over connections that it leaves to be closed some seconds later.
      maxDiscoverAttempts: number(options, "maxDiscoverAttempts", 1) ?? 1,
      ...present("discoveryInterval", number(options, "discoveryInterval", 1)),
      gossipTimeout: number(options, "gossipTimeout", 1) ?? gossipTimeout(deadline, hosts.length),
      keepAliveInterval: number(options, "keepAliveInterval", 10_000) ?? 10_000,
      keepAliveTimeout: number(options, "keepAliveTimeout", 1) ?? 10_000,
    },
  }
}

// Seeds are asked one after the other: where all but the last are silent, there is to be time left
// for that one, and for the call itself, before the call is given up.
const gossipTimeout = (deadline: number, seeds: number): number =>
  Math.max(1, Math.floor(deadline / 1_000 / (seeds + 1)))

const present = <K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } =>
  value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V }) // the key is K

const hostsOf = (text: string): ReadonlyArray<Host> => {
  if (/[[\]]/.test(text)) {
    refuse("the client takes no IPv6 address: give a name that stands for it")
  }
  return text.split(",").map((host, index) => {
    const [, address = "", port = "2113"] = /^([A-Za-z0-9._-]+)(?::(\d{1,5}))?$/.exec(host) ?? []
    if (address === "" || Number(port) < 1 || Number(port) > 65_535) {
      refuse(`host number ${index + 1} is not a name, or a name and a port: esdb://name:2113`)
    }
    return { address, port: Number(port) }
  })
}

const credentialsOf = (
  text: string | undefined,
  { username, password }: GivenCredentials,
): Credentials | undefined => {
  if (text === undefined) {
    if (username === undefined && password === undefined) return undefined
    if (username === undefined || username === "") return refuse("a password is given, but no user")
    if (password === undefined || Redacted.value(password) === "") {
      return refuse("a user is given, but no password")
    }
    return { username, password }
  }
  if (username !== undefined || password !== undefined) {
    return refuse("credentials stand in the address and in the environment: give them in one place")
  }
  const parts = text.split(":")
  if (parts.length !== 2 || parts.includes("")) {
    return refuse(
      "before the @ there has to be user:password; write %3A for a : in the password, which the client would cut there",
    )
  }
  const [user = "", secret = ""] = parts.map((part) => decoded(part, "the user or the password"))
  return { username: user, password: Redacted.make(secret) }
}

const decoded = (text: string, what: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return refuse(`a % in ${what} begins no character: write %25 for it`)
  }
}

const known = [
  "tls",
  "tlsVerifyCert",
  "tlsCAFile",
  "userCertFile",
  "userKeyFile",
  "connectionName",
  "nodePreference",
  "maxDiscoverAttempts",
  "discoveryInterval",
  "gossipTimeout",
  "defaultDeadline",
  "keepAliveInterval",
  "keepAliveTimeout",
  "throwOnAppendFailure",
] as const
type Option = (typeof known)[number]

const flat = (key: string): string => key.toLowerCase().replace(/[_-]/g, "")
const optionNamed = new Map<string, Option>(known.map((option) => [flat(option), option]))

type Options = ReadonlyMap<Option, string>

const optionsOf = (query: string): Options => {
  const options = new Map<Option, string>()
  for (const pair of query === "" ? [] : query.split("&")) {
    const [key = "", value = "", ...more] = pair.split("=")
    const option = optionNamed.get(flat(key.trim()))
    if (option === undefined) {
      return refuse(`an option behind the ? is none that the client knows: ${known.join(", ")}`)
    }
    if (value.trim() === "" || more.length > 0) refuse(`${option} has to be ${option}=value`)
    if (options.has(option)) refuse(`${option} is given twice`)
    options.set(option, decoded(value.trim(), option))
  }
  for (const flag of ["tls", "tlsVerifyCert", "throwOnAppendFailure"] as const) {
    if (!["true", "false", undefined].includes(options.get(flag))) {
      refuse(`${flag} has to be true or false`)
    }
  }
  if (options.get("tlsVerifyCert") === "false") {
    refuse("tlsVerifyCert=false does nothing in this client: name the CA with tlsCAFile")
  }
  if (options.get("throwOnAppendFailure") === "false") {
    refuse("throwOnAppendFailure=false makes the client answer with wrong revisions: leave it out")
  }
  return options
}

const number = (options: Options, option: Option, least: number): number | undefined => {
  const text = options.get(option)
  if (text === undefined) return undefined
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  return value >= least ? value : refuse(`${option} has to be a whole number, at least ${least}`)
}

const tlsOf = (options: Options): Tls => {
  const ca = options.get("tlsCAFile")
  const certificate = options.get("userCertFile")
  const key = options.get("userKeyFile")
  if ((certificate === undefined) !== (key === undefined)) {
    return refuse("userCertFile and userKeyFile belong together: give both or neither")
  }
  return {
    ...present("ca", ca === undefined ? undefined : fileOf("tlsCAFile", ca)),
    ...(certificate === undefined || key === undefined
      ? {}
      : {
          userCertificate: {
            certificate: fileOf("userCertFile", certificate),
            key: Redacted.make(fileOf("userKeyFile", key)),
          },
        }),
  }
}

const withoutTls = (options: Options): undefined => {
  const useless = (["tlsCAFile", "userCertFile", "userKeyFile"] as const).find((option) =>
    options.has(option),
  )
  return useless === undefined
    ? undefined
    : refuse(`${useless} means nothing with tls=false: leave one of them out`)
}

const fileOf = (option: Option, path: string): Buffer => {
  try {
    return readFileSync(path)
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unreadable"
    return refuse(`the file of ${option} cannot be read (${code}): ${path}`)
  }
}
