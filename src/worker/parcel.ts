import { StudioError } from "../domain/errors.ts";
import { ownedBy } from "./wire.ts";

declare const CONTENT: unique symbol;

/**
 * What one worker sends another through the page, which only hands it on: a port in which a message waits. It can be opened
 * once. Buffers in it are handed over, everything else is copied once.
 */
export type Parcel<T> = MessagePort & { readonly [CONTENT]?: T };

export const seal = <T extends object>(content: T): Parcel<T> => {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(content, ownedBy(content));
  return port2;
};

/** @throws StudioError `parcel-unreadable` when this side has no memory for it */
export const unseal = <T>(parcel: Parcel<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    parcel.onmessage = ({ data }: MessageEvent<T>) => {
      parcel.close();
      resolve(data);
    };
    parcel.onmessageerror = () => {
      parcel.close();
      reject(
        new StudioError(
          "parcel-unreadable",
          "The texts did not fit into the memory of the part that needs them.",
          "Close other tabs, or use a smaller data set.",
        ),
      );
    };
  });
