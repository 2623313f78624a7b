import { type IncomingMessage, request } from "node:http"
import { request as requestTls } from "node:https"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { EventStoreSettings, Host } from "../../../eventlog/eventstoredb/eventStoreSettings.ts"

/** What a node has answered over HTTP. */
export interface NodeAnswer {
  readonly status: number
  /** JSON, or `undefined` where it is none. */
  readonly body: unknown
  /** How many milliseconds its clock is ahead of ours, to a second; `undefined` where it says no time. */
  readonly ahead: number | undefined
}

/** Milliseconds for a question that a healthy node answers from memory. */
const patience = 3000

/**
 * Asks a node something of its HTTP interface, which tells of the node what the protocol of streams
 * does not. `undefined` where there is no answer.
 */
export const askNode = (
  { tls, credentials, deadline }: EventStoreSettings,
  { address, port }: Host,
  path: string,
): Effect.Effect<NodeAnswer | undefined> =>
  Effect.tryPromise(
    (signal) =>
      new Promise<NodeAnswer>((resolve, reject) => {
        const asked = Date.now()
        const options = {
          host: address,
          port,
          path,
          agent: false as const,
          signal,
          headers: {
            accept: "application/json",
            // Without TLS the server takes nobody for anybody.
            ...(tls === undefined || credentials === undefined
              ? {}
              : { authorization: basic(credentials) }),
          },
        }
        const answered = (response: IncomingMessage): void => {
          const between = (asked + Date.now()) / 2
          const date = Date.parse(response.headers.date ?? "")
          let text = ""
          response.setEncoding("utf8")
          response.on("data", (more: string) => {
            text += more
          })
          response.on("error", reject)
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              body: json(text),
              // A date names a whole second; the middle of it is right by half a second.
              ahead: Number.isNaN(date) ? undefined : date + 500 - between,
            }),
          )
        }
        const sent =
          tls === undefined
            ? request(options, answered)
            : requestTls(
                {
                  ...options,
                  ...(tls.ca === undefined ? {} : { ca: tls.ca }),
                  ...(tls.userCertificate === undefined
                    ? {}
                    : {
                        cert: tls.userCertificate.certificate,
                        key: Redacted.value(tls.userCertificate.key),
                      }),
                },
                answered,
              )
        sent.on("error", reject)
        sent.end()
      }),
  ).pipe(
    Effect.timeout(Math.min(deadline, patience)),
    Effect.catch(() => Effect.succeed(undefined)),
  )

const basic = ({
  username,
  password,
}: {
  readonly username: string
  readonly password: Redacted.Redacted<string>
}): string => `Basic ${Buffer.from(`${username}:${Redacted.value(password)}`).toString("base64")}`

const json = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // a page for people, or nothing
  }
}
