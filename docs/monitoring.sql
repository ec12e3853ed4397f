-- Questions to the operational store, for PostgreSQL. Run one in any SQL client, or all with
--   psql "$DATABASE_URL" --file docs/monitoring.sql
-- A test runs each statement on the tables that the service makes.

-- How sure was the AI in the last 24 hours, where it saw a need for a person and where it saw none?
-- A message that no score decided has no confidence: it is counted, and not part of the average.
SELECT
    handover_needed,
    AVG(confidence_score) as avg_confidence,
    COUNT(*) as total_requests
FROM intent_analysis_log
WHERE created_at >= NOW() - INTERVAL '24 hours'
GROUP BY handover_needed;

-- Which messages have led to a handover most often?
SELECT
    handover_trigger,
    COUNT(*) as frequency
FROM lead_details
WHERE handover_requested = true
GROUP BY handover_trigger
ORDER BY frequency DESC
LIMIT 10;

-- What was decided last, and why?
SELECT
    message_text,
    handover_needed,
    confidence_score,
    reason,
    created_at
FROM intent_analysis_log
ORDER BY created_at DESC
LIMIT 20;

-- Which customers were handed over in the last 24 hours, the latest first?
SELECT
    c.phone_number,
    a.title,
    a.description,
    a.created_at
FROM activities a
JOIN contacts c ON a.contact_id = c.id
WHERE a.activity_type = 'support_request'
    AND a.created_at >= NOW() - INTERVAL '24 hours'
ORDER BY a.created_at DESC;
