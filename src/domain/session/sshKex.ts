import { hash } from "node:crypto"
import { deflateRawSync } from "node:zlib"
import type { Extracted, Extractor } from "./Extractor.ts"
import { HashedFeatures } from "./hashing.ts"
import { remembered } from "./remembered.ts"
import type { KeyExchange } from "./SessionFacts.ts"

/**
 * The hassh of a client (https://github.com/salesforce/hassh): the MD5 of what it offers for key
 * exchange, encryption, integrity and compression.
 */
export const hasshOf = ({ kex, encryption, mac, compression }: KeyExchange): string =>
  hash("md5", joined([kex, encryption, mac, compression]))

const joined = (lists: ReadonlyArray<ReadonlyArray<string>>): string =>
  lists.map((list) => list.join(",")).join(";")

// Nearly every session has one: in the clear the lists would be a third of the log.
const compact = (lists: ReadonlyArray<ReadonlyArray<string>>): string =>
  deflateRawSync(joined(lists)).toString("base64")

const dimension = 32

/**
 * How a SSH client introduces itself: which algorithms it offers and in which order, and what it
 * calls itself. Each list has the same length in the vector however long it is, so that twenty
 * ciphers do not drown a telling key exchange. Without key exchange and ciphers it says nothing: a
 * version string alone is typed by anybody.
 *
 * It is made from the hassh, the version, and the `offer`: the five lists, each joined by commas and
 * all by semicolons, in the order of {@link KeyExchange}, deflated (RFC 1951) and in base64.
 */
export const sshKex: Extractor = {
  kind: "ssh_kex",
  version: 1,
  metric: "cosine",
  dimension,
  extract: ({ clientVersion, keyExchange }) =>
    keyExchange === null ? undefined : introduction({ clientVersion, keyExchange }),
}

interface Introduction {
  readonly clientVersion: string | null
  readonly keyExchange: KeyExchange
}

// A fleet meets the same few clients again and again. The key is JSON, and not the joined lists:
// a client may send names with commas in them.
const introduction = remembered(
  256,
  (introduction: Introduction) => JSON.stringify(introduction),
  ({ clientVersion, keyExchange }): Extracted | undefined => {
    const { kex, hostKey, encryption, mac, compression } = keyExchange
    if (kex.length === 0 || encryption.length === 0) return undefined
    const features = new HashedFeatures(dimension)
    addList(features, "kex", kex, 1)
    addList(features, "key", hostKey, 0.7)
    addList(features, "enc", encryption, 1)
    addList(features, "mac", mac, 1)
    addList(features, "comp", compression, 0.3)
    if (clientVersion !== null) addVersion(features, clientVersion)
    const vector = features.unit()
    if (vector === undefined) return undefined
    return {
      vector,
      madeFrom: {
        hassh: [hasshOf(keyExchange)],
        ...(clientVersion === null ? {} : { clientVersion: [clientVersion] }),
        offer: [compact([kex, hostKey, encryption, mac, compression])],
      },
    }
  },
)

// What is offered, and what is offered next to what: the order counts.
const addList = (
  features: HashedFeatures,
  name: string,
  list: ReadonlyArray<string>,
  weight: number,
): void => {
  const each = weight / Math.sqrt(2 * list.length)
  let before = ""
  for (const algorithm of list) {
    features.add(`${name} ${algorithm}`, each)
    features.add(`${name} ${before} ${algorithm}`, each)
    before = algorithm
  }
}

// The exact version, and the product it is a version of.
const addVersion = (features: HashedFeatures, version: string): void => {
  features.add(`version ${version}`, 0.5)
  features.add(`product ${version.replace(/\d[\w.]*/g, "#")}`, 0.5)
}
