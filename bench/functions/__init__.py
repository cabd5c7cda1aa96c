"""What edge functions cost and how long they take, beside answers that no guest makes."""
