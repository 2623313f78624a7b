import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { generate } from "selfsigned"

/** By default for this machine, and for a year. */
export interface CertificateSettings {
  readonly names?: ReadonlyArray<string>
  readonly validTo?: Date
}

/** A certificate that signs itself, for this machine only, in PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
  /** A file with the certificate, for clients to trust. */
  readonly file: string
  /** Makes files with the certificate of a user, whom it signs for. */
  readonly makeUser: (
    name: string,
    validTo?: Date,
  ) => Promise<{ readonly cert: string; readonly key: string }>
  readonly removeFile: () => void
}

const year = 365 * 24 * 3_600_000

export const makeCertificate = async ({
  names = ["localhost"],
  validTo = new Date(Date.now() + year),
}: CertificateSettings = {}): Promise<Certificate> => {
  const { cert, private: key } = await generate([{ name: "commonName", value: names[0] ?? "" }], {
    keySize: 2048,
    notBeforeDate: new Date(validTo.getTime() - 2 * year),
    notAfterDate: validTo,
    extensions: [
      { name: "basicConstraints", cA: true },
      {
        name: "subjectAltName",
        altNames: [
          ...names.map((value) => ({ type: 2 as const, value })),
          ...(names.includes("localhost") ? [{ type: 7 as const, ip: "127.0.0.1" }] : []),
        ],
      },
    ],
  })
  const directory = mkdtempSync(join(tmpdir(), "credtrail-certificate-"))
  const written = (name: string, text: string): string => {
    const file = join(directory, name)
    writeFileSync(file, text)
    return file
  }
  return {
    cert,
    key,
    file: written("ca.pem", cert),
    makeUser: async (name, end = validTo) => {
      const user = await generate([{ name: "commonName", value: name }], {
        ca: { cert, key },
        notBeforeDate: new Date(end.getTime() - year),
        notAfterDate: end,
      })
      return {
        cert: written(`${name}.crt`, user.cert),
        key: written(`${name}.key`, user.private),
      }
    },
    removeFile: () => rmSync(directory, { recursive: true, force: true }),
  }
}
