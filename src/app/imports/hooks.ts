import { useStore } from "zustand";
import { useShallow } from "zustand/react/shallow";
import { useStores } from "../stores.ts";
import type { FeedbackState } from "./feedbackStore.ts";
import type { LangfuseImportState } from "./langfuseStore.ts";

export const useLangfuseImport = <T>(select: (state: LangfuseImportState) => T): T =>
  useStore(useStores().langfuseImport, useShallow(select));
export const useFeedback = <T>(select: (state: FeedbackState) => T): T =>
  useStore(useStores().feedback, useShallow(select));
