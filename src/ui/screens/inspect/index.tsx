import { Page } from "../../components/Page.tsx";

export default function InspectScreen() {
  return <Page title="Inspect">{null}</Page>;
}
