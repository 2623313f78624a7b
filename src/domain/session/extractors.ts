import { cmdNgram } from "./cmdNgram.ts"
import { credList } from "./credList.ts"
import type { Extractor } from "./Extractor.ts"
import { sessionTiming } from "./sessionTiming.ts"
import { sshKex } from "./sshKex.ts"

/** Every kind of fingerprint that sessions are given. */
export const extractors: ReadonlyArray<Extractor> = [sshKex, cmdNgram, sessionTiming, credList]
