import { generate } from "selfsigned"

/** A certificate that signs itself, for this machine only, in PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
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
  return { cert, key }
}
