/**
 * What an argument or an output can be where it is one of a few words. Pulumi's analyzer makes an enum for other languages out of an
 * object and a type of one name, the object first.
 */

export const SafetyCopy = { Required: "required", Skip: "skip" } as const;
export type SafetyCopy = "required" | "skip";

export const RestartOrder = { Parallel: "parallel", Rolling: "rolling" } as const;
export type RestartOrder = "parallel" | "rolling";

export const Restarts = { Auto: "auto", Always: "always" } as const;
export type Restarts = "auto" | "always";

export const RkeUp = { Last: "last", First: "first" } as const;
export type RkeUp = "last" | "first";

export const RestoreWith = { Auto: "auto", InPlace: "in-place", Rke: "rke" } as const;
export type RestoreWith = "auto" | "in-place" | "rke";

export const MachineKind = { Existing: "existing", Ec2: "ec2" } as const;
export type MachineKind = "existing" | "ec2";

export const ReachedBy = { Private: "private", Public: "public" } as const;
export type ReachedBy = "private" | "public";

export const NodeRole = { Controlplane: "controlplane", Etcd: "etcd", Worker: "worker" } as const;
export type NodeRole = "controlplane" | "etcd" | "worker";

export const RestoreWay = { InPlace: "in-place", RenameBack: "rename-back", Rke: "rke" } as const;
export type RestoreWay = "in-place" | "rename-back" | "rke";
