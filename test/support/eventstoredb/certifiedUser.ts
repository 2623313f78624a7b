import { ServerInterceptingCall, type ServerInterceptor } from "@grpc/grpc-js"

/** The metadata that names the user of a certificate; nobody outside can set it. */
export const certifiedAs = "x-certified-as"

/** Says of each call whose certificate its connection has shown, if any. */
export const certifiedUser: ServerInterceptor = (_, call) =>
  new ServerInterceptingCall(call, {
    start: (next) =>
      next({
        onReceiveMetadata: (metadata, pass) => {
          metadata.remove(certifiedAs)
          const name = call.getAuthContext().sslPeerCertificate?.subject.CN
          if (typeof name === "string") metadata.set(certifiedAs, name)
          pass(metadata)
        },
      }),
  })
