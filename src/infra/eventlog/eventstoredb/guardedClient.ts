import type { EventStoreDBClient } from "@eventstore/db-client"
import * as Redacted from "effect/Redacted"
import type { EventStoreSettings } from "./eventStoreSettings.ts"
import { tlsRefusal } from "./tlsPeer.ts"

/** What the client module has; it is loaded when a log is opened, since that takes a third of a second. */
export type ClientModule = typeof import("@eventstore/db-client")

/** A client that can be thrown away as a whole. */
export type GuardedClient = EventStoreDBClient & {
  /** Ends its calls and closes its connections; nothing may be asked of it any more. */
  readonly discard: () => void
  /** Its reads then end as if they were complete: the client says nothing of a call it cancels. */
  readonly discarded: boolean
}

// Channels with equal options share a connection in the whole process, with its limit of 100 calls
// and its death. One option that differs keeps each client's to itself.
let made = 0

/**
 * Makes clients that a reply nobody waits for cannot bring down. The client keeps its pending
 * appends in one table for the whole process and clears it when any stream of appends breaks; a
 * reply to another one of them is then unknown to it, and it throws where nobody can catch it. Such
 * a reply is dropped here: its append has been told already that the connection was lost.
 */
export const clientMaker = (
  { EventStoreDBClient: Client }: ClientModule,
  settings: EventStoreSettings,
): (() => GuardedClient) => {
  const { tls, credentials, options, find, hosts, deadline } = settings
  const [first] = hosts
  if (first === undefined) throw new Error("settings name at least one host")
  const endpoints = {
    node: { endpoint: first },
    seeds: { endpoints: [...hosts] },
    discover: { discover: first },
  }[find]
  const security =
    tls === undefined
      ? { insecure: true }
      : {
          ...(tls.ca === undefined ? {} : { rootCertificate: tls.ca }),
          ...(tls.userCertificate === undefined
            ? {}
            : {
                userCertFile: tls.userCertificate.certificate,
                userKeyFile: Redacted.value(tls.userCertificate.key),
              }),
        }

  class Guarded extends Client {
    // Those before it were closed when it took their place.
    #channel: ReturnType<typeof this.getChannel> | undefined
    discarded = false

    constructor() {
      super(
        {
          ...options,
          ...endpoints,
          defaultDeadline: deadline,
          keepAliveInterval: options.keepAliveInterval + (made++ % 1000),
        } as ConstructorParameters<typeof Client>[0], // one of the three kinds of endpoints
        security,
        credentials === undefined
          ? undefined
          : { username: credentials.username, password: Redacted.value(credentials.password) },
      )
      const channel = this.getChannel
      this.getChannel = () => {
        this.#channel = channel()
        return this.#channel
      }
      // To look for the leader, the client asks node after node, and keeps to itself what they say.
      const find_ = this.resolveUri
      this.resolveUri = () =>
        find_().catch(async (thrown) => {
          const refusal = tls && (await tlsRefusal(hosts, tls, deadline))
          throw refusal === undefined ? thrown : new Error(refusal)
        })
      // The deadline of an append is for the server, by its clock, and long. A call for one append, to
      // a server that has no stream of them, would take it for its own, and outlive its client.
      const calling = this.callArguments
      this.callArguments = (asked, given) =>
        calling(asked, given ?? { deadline: this.createDeadline() })
      // The client asks for the server's features for as long as there is a connection.
      const execute = this.execute
      this.execute = (stub, name, action) =>
        execute(stub, name, (client) =>
          action(name === "getSupportedMethods" ? withDeadline(client, deadline) : client),
        )
      // Called without being waited for, it waits for the connection of now: where none comes about,
      // whoever asked for one is told, and this would bring the process down.
      const handle = this.handleError
      this.handleError = (failed, error) => handle(failed, error).catch(() => {})
      const create = this.GRPCStreamCreator
      this.GRPCStreamCreator = (stub, name, creator, cache) =>
        create(
          stub,
          name,
          async (client) => {
            const stream = await creator(client)
            if (name === "appendToStream") {
              dropThrowingReplies(stream)
              takeEverything(stream as typeof stream & WritableStream) // appends write
            }
            return stream
          },
          cache,
        )
    }

    readonly discard = (): void => {
      this.discarded = true
      // Not waited for: where the server has ended a stream of appends, it never comes to an end.
      void this.dispose()
      this.#channel?.then(
        (channel) => channel.close(),
        () => {}, // there was nobody to connect to
      )
    }
  }
  return () => new Guarded()
}

interface WritableStream {
  write: (message: unknown) => boolean
}

// The client lets writes wait once sixteen are on their way, and when the stream breaks then it
// throws for each of them where nobody can catch it. What waits is bounded without that: by how many
// appends are made at once, and by their size.
const takeEverything = (stream: WritableStream): void => {
  const write = stream.write.bind(stream)
  stream.write = (message) => {
    write(message)
    return true
  }
}

type Answer = (error: unknown, answer: unknown) => void

interface FeaturesClient {
  readonly getSupportedMethods: (asked: unknown, options: object, done: Answer) => unknown
}

/** A client of gRPC that waits so many milliseconds for the features of a server. */
const withDeadline = <Client extends object>(client: Client, milliseconds: number): Client => {
  const features = client as Client & FeaturesClient // nothing else has this method asked of it
  return Object.create(client, {
    getSupportedMethods: {
      value: (asked: unknown, done: Answer) =>
        features.getSupportedMethods(asked, { deadline: Date.now() + milliseconds }, done),
    },
  })
}

const dropThrowingReplies = (stream: NodeJS.EventEmitter): void => {
  for (const listener of stream.listeners("data")) {
    const reply = listener as (message: unknown) => void // the client's own listener for replies
    stream.removeListener("data", reply)
    stream.on("data", (message) => {
      try {
        reply(message)
      } catch {
        // The append that it may have been for is repeated when its time is up.
      }
    })
  }
}
