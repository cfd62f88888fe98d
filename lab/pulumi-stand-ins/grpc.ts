import grpc from "@grpc/grpc-js";
import { failure } from "./messages.ts";

export function newServer(): grpc.Server {
  return new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
}

/** A method with one request and one answer; what it throws is what the engine shows. */
export function unary<Request, Response>(act: (request: Request) => Response | Promise<Response>) {
  return async (call: grpc.ServerUnaryCall<Request, Response>, callback: grpc.sendUnaryData<Response>) => {
    try {
      callback(null, await act(call.request));
    } catch (error) {
      callback(failure(error));
    }
  };
}

/** Listens on a free port and tells the engine, which reads it from the first line. */
export async function listen(server: grpc.Server): Promise<void> {
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  process.stdout.write(`${port}\n`);
}
