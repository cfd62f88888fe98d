import grpc from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statusMessages from "@pulumi/pulumi/proto/status_pb.js";
import anyMessages from "google-protobuf/google/protobuf/any_pb.js";
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import type { Change } from "./diff.ts";
import { type Created, type Difference, type Failure, InitFailed, type Provider } from "./provider.ts";
import type { Properties } from "./values.ts";

export function properties(struct: structs.Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}

/** The engine asks for it only to check types, which the program's own compiler has done. */
export function schema({ name, version }: Provider): messages.GetSchemaResponse {
  const response = new messages.GetSchemaResponse();
  response.setSchema(JSON.stringify({ name, version, resources: {} }));
  return response;
}

export function configured(): messages.ConfigureResponse {
  const response = new messages.ConfigureResponse();
  response.setAcceptsecrets(true);
  response.setSupportspreview(true);
  return response;
}

export function checked(inputs: Properties, failures: Failure[]): messages.CheckResponse {
  const response = new messages.CheckResponse();
  response.setInputs(struct(inputs));
  response.setFailuresList(
    failures.map(({ property, reason }) => {
      const failure = new messages.CheckFailure();
      failure.setProperty(property);
      failure.setReason(reason);
      return failure;
    }),
  );
  return response;
}

export function difference({ changes, replaces }: Difference): messages.DiffResponse {
  const response = new messages.DiffResponse();
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  response.setChanges(changes.size > 0 ? DIFF_SOME : DIFF_NONE);
  response.setDiffsList([...changes.keys()]);
  response.setReplacesList(replaces.filter((path) => changes.has(path)));
  response.setHasdetaileddiff(true);
  for (const [path, change] of changes) {
    const detail = new messages.PropertyDiff();
    detail.setKind(kindOf(change, replaces.includes(path)));
    response.getDetaileddiffMap().set(path, detail);
  }
  return response;
}

export function created({ id, state }: Created): messages.CreateResponse {
  const response = new messages.CreateResponse();
  response.setId(id);
  response.setProperties(struct(state));
  return response;
}

export function updated(state: Properties): messages.UpdateResponse {
  const response = new messages.UpdateResponse();
  response.setProperties(struct(state));
  return response;
}

export function returned(result: Properties): messages.InvokeResponse {
  const response = new messages.InvokeResponse();
  response.setReturn(struct(result));
  return response;
}

/** Without an id the engine takes the resource out of the state. */
export function found(id: string, read: { state: Properties; inputs: Properties } | undefined): messages.ReadResponse {
  const response = new messages.ReadResponse();
  if (!read) return response;
  response.setId(id);
  response.setProperties(struct(read.state));
  response.setInputs(struct(read.inputs));
  return response;
}

export function failure(error: unknown): Partial<grpc.StatusObject> {
  const message = error instanceof Error ? error.message : String(error);
  const failed = { code: grpc.status.UNKNOWN, details: message };
  return error instanceof InitFailed ? { ...failed, metadata: initFailed(error) } : failed;
}

/** gRPC carries structured details of an error only as a whole status of its own, serialized into this header. */
function initFailed(error: InitFailed): grpc.Metadata {
  const detail = new messages.ErrorResourceInitFailed();
  detail.setId(error.id);
  detail.setProperties(struct(error.state));
  detail.setReasonsList(error.reasons);
  if (error.inputs) detail.setInputs(struct(error.inputs));
  const packed = new anyMessages.Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new statusMessages.Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(error.message);
  status.addDetails(packed);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return metadata;
}

function struct(object: Properties): structs.Struct {
  // Undefined values have no place in a struct.
  return structs.Struct.fromJavaScript(JSON.parse(JSON.stringify(object)));
}

function kindOf(change: Change, replaces: boolean): messages.PropertyDiff.Kind {
  const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = messages.PropertyDiff.Kind;
  const kinds = {
    add: [ADD, ADD_REPLACE],
    delete: [DELETE, DELETE_REPLACE],
    update: [UPDATE, UPDATE_REPLACE],
  } as const;
  return kinds[change][replaces ? 1 : 0];
}
