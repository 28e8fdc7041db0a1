import { Page } from "../../components/Page.tsx";

export default function DataScreen() {
  return <Page title="Data">{null}</Page>;
}
