import { useStore } from "zustand";
import { useShallow } from "zustand/react/shallow";
import { useStores } from "../stores.ts";
import type { LangfuseImportState } from "./langfuseStore.ts";

export const useLangfuseImport = <T>(select: (state: LangfuseImportState) => T): T =>
  useStore(useStores().langfuseImport, useShallow(select));
