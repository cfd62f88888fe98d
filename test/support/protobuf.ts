type Value = number | string | Buffer | Message;

/** A protobuf message by field numbers; a list is a repeated field. */
interface Message {
  [field: number]: Value | Value[];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

function field(number: number, value: Value): Buffer {
  if (typeof value === "number") return Buffer.from([...varint(number * 8), ...varint(value)]);
  const body = typeof value === "string" ? Buffer.from(value) : Buffer.isBuffer(value) ? value : protobuf(value);
  return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(body.length)]), body]);
}

function protobuf(message: Message): Buffer {
  const fields = Object.entries(message).flatMap(([number, value]: [string, Value | Value[]]) =>
    [value].flat().map((one) => field(Number(number), one)),
  );
  return Buffer.concat(fields);
}

/** An object as Kubernetes keeps it in etcd, a byte a character (k8s.io/apimachinery runtime/generated.proto, Unknown). */
export function stored(kind: string, object: Message): string {
  const unknown = protobuf({ 1: { 1: "v1", 2: kind }, 2: object, 3: "" });
  return `k8s\0${unknown.toString("latin1")}`;
}
