import type { Capture } from "../../domain/capture/capture.ts"
import { unknownService } from "../../domain/capture/service.ts"
import { boundedText } from "../../domain/event/bounded.ts"
import { sha256Hex } from "../../domain/event/digest.ts"
import { vectorId } from "../../domain/event/ids.ts"
import { timestampFromMicros } from "../../domain/event/timestamp.ts"
import { plaintext } from "../../domain/secret/secret.ts"
import type { Fingerprint } from "../../domain/session/fingerprint.ts"
import { fingerprintsOf } from "../../domain/session/fingerprintsOf.ts"
import { maskedTokens } from "../../domain/session/maskedTokens.ts"
import type { CommandFact, KeyExchange, LoginFact } from "../../domain/session/SessionFacts.ts"
import type { SessionWord } from "../sources/SourceAdapter.ts"

/** So much of a session is looked at: the rest of a long one is more of the same. */
const mostLogins = 100
const mostCommands = 100
const mostTokens = 512

/**
 * A session that is going on: what its fingerprints will be made from, without the secrets that can
 * be recognised. It is kept as JSON while no process reads. Its facts are sets: what is read twice
 * counts once.
 */
export interface OpenSession {
  readonly decky: string
  readonly sessionId: string
  attackerIp: string | null
  service: string | null
  /** In microseconds since 1970. */
  first: number
  last: number
  clientVersion: string | null
  keyExchange: KeyExchange | null
  readonly logins: Array<LoginFact>
  /** The beginnings of the digests of passwords that were tried, each once. */
  readonly tried: Array<string>
  readonly commands: Array<CommandFact>
  tokens: number
}

/** A session of which nothing is known but that it was there at this time. */
export const openSession = (
  decky: string,
  sessionId: string,
  attackerIp: string | null,
  at: number,
): OpenSession => ({
  decky: copied(decky),
  sessionId: copied(sessionId),
  attackerIp: attackerIp === null ? null : copied(attackerIp),
  service: null,
  first: at,
  last: at,
  clientVersion: null,
  keyExchange: null,
  logins: [],
  tried: [],
  commands: [],
  tokens: 0,
})

/**
 * The text as one of its own. What is cut from a line keeps the whole line in memory, and a session
 * is kept for much longer than its lines.
 */
export const copied = (text: string): string => Buffer.from(text, "utf8").toString("utf8")

/** Takes in an attempt made in the session; `rarity` is that of its credential. */
export const addLogin = (
  session: OpenSession,
  { principal, secret }: Capture,
  rarity: number,
  at: number,
): void => {
  if (secret?.kind === plaintext) addTried(session, secret.digest)
  if (session.logins.length >= mostLogins) return
  const pair =
    rarity === 0
      ? ""
      : copied(
          sha256Hex(Buffer.from(`${secret?.kind} ${secret?.digest} ${principal ?? ""}`)).slice(
            0,
            16,
          ),
        )
  const isKnown = session.logins.some((login) => login.at === at && login.pair === pair)
  if (!isKnown) session.logins.push({ at, rarity, pair })
}

const addTried = ({ tried }: OpenSession, digest: string): void => {
  if (tried.length >= mostLogins) return
  const start = digest.slice(0, digestStart)
  if (!tried.includes(start)) tried.push(copied(start))
}

/** Digits of a digest that are kept: enough for no other word to be taken for a password. */
const digestStart = 16

/** Takes in what a line says of the session; `digestOf` gives the digest that a password has. */
export const addWord = (
  session: OpenSession,
  word: SessionWord,
  at: number,
  digestOf: (password: string) => string,
): void => {
  if (word.clientVersion !== undefined) {
    session.clientVersion = copied(boundedText(word.clientVersion, 256))
  }
  if (word.keyExchange !== undefined) session.keyExchange = word.keyExchange
  if (word.command !== undefined) addCommand(session, word.command, at, digestOf)
}

const addCommand = (
  session: OpenSession,
  command: string,
  at: number,
  digestOf: (password: string) => string,
): void => {
  if (session.commands.length >= mostCommands) return
  const { tried } = session
  const isTried = (text: string): boolean =>
    tried.length > 0 && tried.includes(digestOf(text).slice(0, digestStart))
  const tokens = maskedTokens(command, isTried).slice(0, mostTokens - session.tokens)
  const text = tokens.join(" ")
  const isKnown = session.commands.some(
    (known) => known.at === at && known.tokens.join(" ") === text,
  )
  if (isKnown) return
  session.commands.push({ at, tokens: tokens.map(copied) })
  session.tokens += tokens.length
}

/**
 * How much memory it takes, in bytes: measured for a session of one login, and rather more than
 * that for what an attacker can make long.
 */
export const weightOf = ({
  decky,
  sessionId,
  clientVersion,
  keyExchange,
  logins,
  tried,
  commands,
  tokens,
}: OpenSession): number =>
  690 +
  2 * (decky.length + sessionId.length + (clientVersion?.length ?? 0)) +
  weightOfKeyExchange(keyExchange) +
  96 * tried.length +
  100 * (logins.length + commands.length + tokens)

const weightOfKeyExchange = (keyExchange: KeyExchange | null): number => {
  if (keyExchange === null) return 0
  const { kex, hostKey, encryption, mac, compression } = keyExchange
  let weight = 200
  for (const list of [kex, hostKey, encryption, mac, compression]) {
    for (const name of list) weight += 32 + name.length
  }
  return weight
}

/** What is said of a session once it is over. */
export const fingerprintsOfSession = (session: OpenSession): ReadonlyArray<Fingerprint> => {
  const { decky, sessionId, attackerIp, service, clientVersion, keyExchange } = session
  return fingerprintsOf(
    {
      observedAt: timestampFromMicros(session.first),
      decky,
      service: service ?? unknownService,
      attackerIp,
      sessionId,
      vectorId: vectorId(decky, sessionId),
    },
    {
      clientVersion,
      keyExchange,
      logins: inOrder(session.logins),
      commands: inOrder(session.commands),
    },
  )
}

const inOrder = <Fact extends { readonly at: number }>(
  facts: ReadonlyArray<Fact>,
): ReadonlyArray<Fact> => [...facts].sort((a, b) => a.at - b.at)
