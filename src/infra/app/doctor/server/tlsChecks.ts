import { X509Certificate } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { eventStoreFailure } from "../../../eventlog/eventstoredb/eventStoreFailure.ts"
import type { EventStoreSettings, Host } from "../../../eventlog/eventstoredb/eventStoreSettings.ts"
import { tlsPeer } from "../../../eventlog/eventstoredb/tlsPeer.ts"
import { type Check, ok, problem, warning } from "../Check.ts"

const day = 24 * 3_600_000
/** Days before its end in which a certificate had better be renewed. */
const soon = 30

/** What is wrong with TLS, host by host, before anything is asked; and how long certificates last. */
export const tlsChecks = Effect.fnUntraced(function* (settings: EventStoreSettings) {
  const { hosts, tls } = settings
  const now = yield* Clock.currentTimeMillis
  const peers = yield* Effect.forEach(hosts, (host) => peerOf(settings, host), { concurrency: 8 })
  if (tls === undefined) return peers.flatMap((peer, n) => unexpected(hosts[n], peer))
  return [
    ...peers.flatMap((peer, n) => {
      const check = `tls ${nameOf(hosts[n])}`
      if (peer === undefined) return [] // told by the look at the server
      if (peer.refusal !== undefined) return [refused(check, peer.refusal)]
      const { valid_to: to } = peer.certificate ?? {}
      return to === undefined ? [] : [lasting(check, "its certificate", new Date(to), now)]
    }),
    ...(tls.userCertificate === undefined
      ? []
      : [userCertificate(tls.userCertificate.certificate, now)]),
  ]
})

type Peer = Awaited<ReturnType<typeof tlsPeer>>

const peerOf = (
  { tls, deadline }: EventStoreSettings,
  host: Host,
): Effect.Effect<Peer | undefined> =>
  Effect.tryPromise(() => tlsPeer(host, tls ?? {}, Math.min(deadline, 3000))).pipe(
    Effect.catch(() => Effect.succeed(undefined)),
  )

const nameOf = (host: Host | undefined): string => `${host?.address}:${host?.port}`

const refused = (check: string, refusal: string): Check => {
  const { reason } = eventStoreFailure(new Error(refusal))
  const [said = reason, ...remedy] = reason.split(": ")
  return problem(check, said, remedy.join(": "))
}

// The client is told to do without TLS, and then learns of a server with TLS only that it hangs up.
const unexpected = (host: Host | undefined, peer: Peer | undefined): ReadonlyArray<Check> =>
  peer?.certificate === undefined
    ? []
    : [
        problem(
          `tls ${nameOf(host)}`,
          "it speaks TLS, and the address says tls=false",
          "leave tls=false out, and name the CA with tlsCAFile",
        ),
      ]

const lasting = (check: string, what: string, to: Date, now: number): Check => {
  const days = Math.floor((to.getTime() - now) / day)
  const said = `${what} is valid until ${to.toISOString().slice(0, 10)}`
  return days >= soon
    ? ok(check, said)
    : warning(check, `${said}, ${days} days from now`, "renew it before: nothing works after that")
}

const userCertificate = (pem: Buffer, now: number): Check => {
  const check = "user certificate"
  try {
    const { validTo } = new X509Certificate(pem)
    const to = new Date(validTo)
    return to.getTime() < now
      ? problem(check, `it was valid until ${to.toISOString().slice(0, 10)}`, "get a new one")
      : lasting(check, "it", to, now)
  } catch {
    return problem(check, "userCertFile holds no certificate", "name the file in PEM")
  }
}
