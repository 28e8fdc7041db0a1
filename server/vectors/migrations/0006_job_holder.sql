-- Which server works at a job: one that seemed dead and wakes up again must not go on beside the one that took over.
ALTER TABLE jobs ADD COLUMN holder text;
