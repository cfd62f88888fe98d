import { serve } from "../server.ts";
import { kubernetesProvider } from "./provider.ts";

await serve(kubernetesProvider());
