import type { ServerUnaryCall, ServiceError } from "@grpc/grpc-js"
import type { NodeContext } from "./Cluster.ts"
import type { CallFault } from "./Faults.ts"
import { refusalStatus } from "./refusalStatus.ts"

/** Goes on with a call that is answered once, or does what was ordered instead. */
export const unaryFault = <Request, Response>(
  node: NodeContext,
  call: ServerUnaryCall<Request, Response>,
  fault: CallFault | undefined,
  answer: (error: ServiceError | undefined) => void,
): void => {
  switch (fault?.kind) {
    case undefined:
      answer(undefined)
      return
    case "refuse":
      answer(refusalStatus(fault.with))
      return
    case "late":
      setTimeout(() => answer(undefined), fault.millis).unref()
      return
    case "silence":
      return
    case "end": // a call that is answered once cannot end without an answer: the wire breaks
    case "drop":
      node.cutCall(call.getPeer())
  }
}
