/** A field of a protobuf message: a number, bytes, text, or a message of fields. */
export type Field = [number: number, value: number | string | Buffer | Field[]];

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

function protobuf(fields: Field[]): Buffer {
  return Buffer.concat(
    fields.map(([number, value]) => {
      if (typeof value === "number") return Buffer.from([...varint(number * 8), ...varint(value)]);
      const body = Array.isArray(value) ? protobuf(value) : Buffer.from(value);
      return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(body.length)]), body]);
    }),
  );
}

/** An object as Kubernetes keeps it in etcd, a byte a character (k8s.io/apimachinery runtime/generated.proto, Unknown). */
export function stored(kind: string, object: Field[]): string {
  const unknown = protobuf([
    [
      1,
      [
        [1, "v1"],
        [2, kind],
      ],
    ],
    [2, protobuf(object)],
    [3, ""],
  ]);
  return `k8s\0${unknown.toString("latin1")}`;
}
