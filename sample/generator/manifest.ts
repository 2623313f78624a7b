import type { SampleOptions } from "./plan.ts"

/**
 * What one file holds. `attempts` are those that its clean lines tell of; the lines that stand in
 * it a second time count apart, and so do those put in to be dirty, by what is wrong with them.
 */
export interface FileCount {
  readonly path: string
  readonly decky: string
  readonly format: string
  lines: number
  attempts: number
  duplicateLines: number
  duplicateAttempts: number
  readonly dirty: Record<string, number>
}

/**
 * What a generated fleet holds. The attempts of Heralding stand in two files, so that the sum over
 * the files is more than `options.captures`, which counts each once.
 */
export interface Manifest {
  readonly options: SampleOptions
  readonly files: ReadonlyArray<FileCount>
}
