import { layerMemory } from "../../../src/infra/eventlog/MemoryEventLog.ts"
import { eventLogConformance } from "./conformance.ts"

eventLogConformance("memory", () => layerMemory)
