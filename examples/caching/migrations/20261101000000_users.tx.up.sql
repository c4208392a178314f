CREATE TABLE users (
    id    BIGINT PRIMARY KEY,
    name  VARCHAR(256) NOT NULL,
    email TEXT NOT NULL
);

INSERT INTO users (id, name, email) VALUES
    (1, 'Ada', 'ada@example.com'),
    (2, 'Grace', 'grace@example.com'),
    (3, 'Hedy', 'hedy@example.com');
