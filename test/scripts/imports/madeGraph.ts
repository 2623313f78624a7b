import { type ImportGraph, importsOf } from "../../../scripts/imports/importGraph.ts"

/** The graph of made-up files: text by path. */
export const madeGraph = (files: Readonly<Record<string, string>>): ImportGraph =>
  new Map(Object.entries(files).map(([file, text]) => [file, importsOf(file, text)]))
