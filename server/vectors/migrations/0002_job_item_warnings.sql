ALTER TABLE "job_items" ADD COLUMN "warnings" jsonb;
