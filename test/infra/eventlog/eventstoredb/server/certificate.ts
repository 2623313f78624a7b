import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { generate } from "selfsigned"

/** A certificate that signs itself, for this machine only, in PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
  /** A file with the certificate, for clients to trust. */
  readonly file: string
  readonly removeFile: () => void
}

export const makeCertificate = async (): Promise<Certificate> => {
  const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
    keySize: 2048,
    extensions: [
      { name: "basicConstraints", cA: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  })
  const directory = mkdtempSync(join(tmpdir(), "credtrail-certificate-"))
  const file = join(directory, "ca.pem")
  writeFileSync(file, cert)
  return { cert, key, file, removeFile: () => rmSync(directory, { recursive: true, force: true }) }
}
