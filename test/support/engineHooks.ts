import { credentials } from "@grpc/grpc-js";
import callbackService from "@pulumi/pulumi/proto/callback_grpc_pb.js";
import callbackMessages from "@pulumi/pulumi/proto/callback_pb.js";
import resourceMessages from "@pulumi/pulumi/proto/resource_pb.js";

/** Where a program waits for the engine to call a hook. */
export interface Callback {
  getTarget(): string;
  getToken(): string;
}

/** Calls a program's hook as the engine does. @throws Error with what the hook throws. */
export async function callHook(callback: Callback): Promise<void> {
  const client = new callbackService.CallbacksClient(callback.getTarget(), credentials.createInsecure());
  const request = new callbackMessages.CallbackInvokeRequest();
  request.setToken(callback.getToken());
  request.setRequest(new resourceMessages.ResourceHookRequest().serializeBinary());
  try {
    const answer = await new Promise<Uint8Array>((resolve, reject) => {
      client.invoke(request, (error: Error | null, response: { getResponse_asU8: () => Uint8Array }) =>
        error ? reject(error) : resolve(response.getResponse_asU8()),
      );
    });
    const failed = resourceMessages.ResourceHookResponse.deserializeBinary(answer).getError();
    if (failed) throw new Error(failed);
  } finally {
    client.close();
  }
}
