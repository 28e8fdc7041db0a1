import { Page } from "../../components/Page.tsx";

export default function PlaygroundScreen() {
  return <Page title="Playground">{null}</Page>;
}
