import { Page } from "../../components/Page.tsx";

export default function CompareScreen() {
  return <Page title="Compare">{null}</Page>;
}
