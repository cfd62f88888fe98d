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
  return new messages.GetSchemaResponse().setSchema(JSON.stringify({ name, version, resources: {} }));
}

export function configured(): messages.ConfigureResponse {
  return new messages.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
}

export function checked(inputs: Properties, failures: Failure[]): messages.CheckResponse {
  const wrong = failures.map(({ property, reason }) =>
    new messages.CheckFailure().setProperty(property).setReason(reason),
  );
  return new messages.CheckResponse().setInputs(struct(inputs)).setFailuresList(wrong);
}

export function difference({ changes, replaces }: Difference): messages.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  const response = new messages.DiffResponse()
    .setChanges(changes.size > 0 ? DIFF_SOME : DIFF_NONE)
    .setDiffsList([...changes.keys()])
    .setReplacesList(replaces.filter((path) => changes.has(path)))
    .setHasdetaileddiff(true);
  const details = response.getDetaileddiffMap();
  for (const [path, change] of changes)
    details.set(path, new messages.PropertyDiff().setKind(kindOf(change, replaces.includes(path))));
  return response;
}

export function created({ id, state }: Created): messages.CreateResponse {
  return new messages.CreateResponse().setId(id).setProperties(struct(state));
}

export function updated(state: Properties): messages.UpdateResponse {
  return new messages.UpdateResponse().setProperties(struct(state));
}

export function returned(result: Properties): messages.InvokeResponse {
  return new messages.InvokeResponse().setReturn(struct(result));
}

/** Without an id the engine takes the resource out of the state. */
export function found(id: string, read: { state: Properties; inputs: Properties } | undefined): messages.ReadResponse {
  const response = new messages.ReadResponse();
  return read ? response.setId(id).setProperties(struct(read.state)).setInputs(struct(read.inputs)) : response;
}

export function failure(error: unknown): Partial<grpc.StatusObject> {
  const message = error instanceof Error ? error.message : String(error);
  const failed = { code: grpc.status.UNKNOWN, details: message };
  return error instanceof InitFailed ? { ...failed, metadata: initFailed(error) } : failed;
}

/** gRPC carries structured details of an error only as a whole status of its own, serialized into this header. */
function initFailed(error: InitFailed): grpc.Metadata {
  const detail = new messages.ErrorResourceInitFailed()
    .setId(error.id)
    .setProperties(struct(error.state))
    .setReasonsList(error.reasons)
    .setInputs(error.inputs && struct(error.inputs));
  const packed = new anyMessages.Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new statusMessages.Status().setCode(grpc.status.UNKNOWN).setMessage(error.message);
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
