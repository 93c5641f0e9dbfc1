"""The desk's pages that look across features: what waits today, learners with their hours, jobs, programmes."""
