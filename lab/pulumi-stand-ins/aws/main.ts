import { serve } from "../server.ts";
import { labMachines } from "./machines.ts";
import { awsProvider } from "./provider.ts";

await serve(awsProvider(labMachines(process.env.RANCHER_ROLLBACK_LAB_CLUSTER ?? "a")));
