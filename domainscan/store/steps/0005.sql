-- Step 5. The newest visit of a name may have been answered and not been shown the page: by a check for robots, a log-in, robots.txt.

ALTER TABLE latest ADD COLUMN unseen TEXT NOT NULL DEFAULT '';  -- why; none: it was shown, or nothing answered
-- Of those of before, the ones without any page are known; what stood in the place of the others, judging them again will tell.
UPDATE latest SET unseen = coalesce(
    (SELECT page FROM observations WHERE id = latest.observation AND page <> 'ok'), ''
  ) WHERE status = 'observed';
