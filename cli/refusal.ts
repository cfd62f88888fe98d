/** A run was not begun, for a reason that the operator can remedy. */
export class Refusal extends Error {}
