"""Practice: chapters, mock exams, the book of wrong answers, the day's handful, and what one's own answers say. Nothing here counts."""
