import * as Command from "effect/cli/Command"
import { attackers } from "./commands/attackers.ts"
import { credentials } from "./commands/credentials.ts"
import { deadLetters } from "./commands/deadLetters.ts"
import { doctor } from "./commands/doctor.ts"
import { findings } from "./commands/findings.ts"
import { ingest } from "./commands/ingest.ts"
import { log } from "./commands/log.ts"
import { policy } from "./commands/policy.ts"
import { rebuild } from "./commands/rebuild.ts"
import { rejects } from "./commands/rejects.ts"
import { rollback } from "./commands/rollback.ts"
import { run } from "./commands/run.ts"
import { similar } from "./commands/similar.ts"
import { status } from "./commands/status.ts"
import { tail } from "./commands/tail.ts"
import { vectors } from "./commands/vectors.ts"
import { verify } from "./commands/verify.ts"
import { whatIf } from "./commands/whatIf.ts"
import { why } from "./commands/why.ts"
import { root } from "./root.ts"

/** The whole command line. */
export const credtrail = root.pipe(
  Command.withSubcommands([
    ingest,
    run,
    findings,
    why,
    whatIf,
    credentials,
    attackers,
    similar,
    vectors,
    tail,
    status,
    policy,
    rejects,
    deadLetters,
    rebuild,
    verify,
    rollback,
    log,
    doctor,
  ]),
)
