import { plaintext } from "../src/domain/secret/secret.ts"
import { secretDigest } from "../src/domain/secret/secretDigest.ts"
import { evaluationKey } from "./readSessions.ts"

// The word list in the scanner of the first Mirai, whose source was published in 2016. It stands
// here by itself, so that what is counted does not depend on what the fingerprints leave out.
const pairs = `root xc3511|root vizxv|root admin|admin admin|root 888888|root xmhdipc|root default
|root juantech|root 123456|root 54321|support support|root |admin password|root root|root 12345
|user user|admin |root pass|admin admin1234|root 1111|admin smcadmin|admin 1111|root 666666
|root password|root 1234|root klv123|Administrator admin|service service|supervisor supervisor
|guest guest|guest 12345|admin1 password|administrator 1234|666666 666666|888888 888888|ubnt ubnt
|root klv1234|root Zte521|root hi3518|root jvbzd|root anko|root zlxx.|root 7ujMko0vizxv
|root 7ujMko0admin|root system|root ikwb|root dreambox|root user|root realtek|root 00000000
|admin 1111111|admin 1234|admin 12345|admin 54321|admin 123456|admin 7ujMko0admin|admin pass
|admin meinsm|tech tech|mother fucker`

/** Each pair as sessions hold it: principal, a space, and the password's digest. */
export const defaultList: ReadonlySet<string> = new Set(
  pairs
    .replaceAll("\n", "")
    .split("|")
    .map((pair) => {
      const [principal = "", password = ""] = pair.split(" ")
      return `${principal} ${secretDigest(evaluationKey, plaintext, Buffer.from(password, "utf8"))}`
    }),
)
